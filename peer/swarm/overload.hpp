// Any thread. A visitor made of lambdas, one for each alternative.
#pragma once

namespace fragcast {

template <class... Fs>
struct Overload : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;  // clang 14 does not deduce aggregates

}  // namespace fragcast

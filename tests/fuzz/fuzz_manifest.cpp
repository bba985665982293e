#include "messages/wire/manifest.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>

namespace fragcast::fuzz {

void manifest(Input input) {
    const auto result = decode_manifest(input.data(), input.size());
    if (!result) return must(!result.error().text.empty(), "a refused manifest has a reason");
    must(check(*result).ok(), "what was read passes the check");
    const auto body = encode_manifest(*result);
    must(body.ok() && std::ranges::equal(*body, input), "there is one encoding of a manifest");
}

}  // namespace fragcast::fuzz

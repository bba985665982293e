#include "messages/wire/asset_folder.hpp"
#include "tests/fuzz/targets.hpp"

namespace fragcast::fuzz {

void envelope(Input input) {
    const auto result = decode_envelope(input.data(), input.size());
    if (!result) return must(!result.error().text.empty(), "a refused envelope has a reason");
    const Bytes file = encode_envelope(*result);
    const auto again = decode_envelope(file.data(), file.size());
    must(again && *again == *result, "an envelope survives another round");
}

}  // namespace fragcast::fuzz

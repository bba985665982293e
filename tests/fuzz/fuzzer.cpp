// The entry of one fuzzer; FRAGCAST_FUZZ_TARGET names its function in targets.hpp.
#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fragcast::fuzz::FRAGCAST_FUZZ_TARGET({data, size});
    return 0;
}

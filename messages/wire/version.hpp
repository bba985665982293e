// Any thread. The version that every program prints; CMake's project version.
#pragma once

namespace fragcast {
#ifdef FRAGCAST_VERSION
inline constexpr const char* kVersion = FRAGCAST_VERSION;
#else
inline constexpr const char* kVersion = "unversioned";
#endif
}  // namespace fragcast

// messages_zmq, inside. Any thread.
//
// libzmq is not built with ThreadSanitizer, which therefore cannot see that it hands memory from
// one thread to another in order. These two say so; otherwise they are nothing.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define FRAGCAST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRAGCAST_TSAN 1
#endif
#endif

#ifdef FRAGCAST_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace fragcast {

inline void tsan_give([[maybe_unused]] void* address) {
#ifdef FRAGCAST_TSAN
    __tsan_release(address);
#endif
}

inline void tsan_take([[maybe_unused]] void* address) {
#ifdef FRAGCAST_TSAN
    __tsan_acquire(address);
#endif
}

}  // namespace fragcast

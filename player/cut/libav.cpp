#include "player/cut/libav.hpp"

#include <array>
#include <cstdio>

namespace fragcast::libav {

std::string text(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> out{};
    av_strerror(error, out.data(), out.size());
    return out.data();
}

thread_local Watch* Watch::current_ = nullptr;

Watch::Watch() : outer_(current_) {
    static const bool once = (av_log_set_callback(on_log), true);
    static_cast<void>(once);
    current_ = this;
}

Watch::~Watch() {
    current_ = outer_;
}

void Watch::on_log(void* source, int level, const char* format, va_list values) {
    if (current_ == nullptr || source == nullptr || level > AV_LOG_ERROR) return;
    const AVClass* type = *static_cast<const AVClass* const*>(source);
    if (type == nullptr || type->get_category == nullptr ||
        type->get_category(source) != AV_CLASS_CATEGORY_DEMUXER || !current_->complaint_.empty())
        return;
    std::array<char, 256> line{};
    std::vsnprintf(line.data(), line.size(), format, values);
    current_->complaint_ = line.data();
    while (!current_->complaint_.empty() && current_->complaint_.back() == '\n')
        current_->complaint_.pop_back();
}

}  // namespace fragcast::libav

// messages_http. The server's thread: the handle on an answer.
#include "messages/http/http_exchange.hpp"

namespace fragcast {

void HttpReply::send(HttpResponse response) {
    impl_->exchange->send(std::move(response));
}
void HttpReply::stream(HttpResponse head, std::optional<std::uint64_t> length,
                       std::function<void()> want_more, std::function<void()> closed) {
    impl_->exchange->stream(std::move(head), length, std::move(want_more), std::move(closed));
}
void HttpReply::send_text(std::function<std::optional<std::string>()> next_bit) {
    const auto text = std::make_shared<TextPieces>(std::move(next_bit));
    stream(
        {}, std::nullopt,
        [reply = *this, text] { reply.impl_->exchange->write_later(reply, text); }, nullptr);
}
void HttpReply::write(Payload bytes) {
    impl_->exchange->write(std::move(bytes));
}
void HttpReply::finish() {
    impl_->exchange->finish();
}
void HttpReply::fail() {
    impl_->exchange->fail();
}
std::size_t HttpReply::queued() const {
    return impl_->exchange->queued();
}
std::chrono::milliseconds HttpReply::idle() const {
    return impl_->exchange->idle();
}
void HttpReply::on_closed(std::function<void()> closed) {
    impl_->exchange->on_closed(std::move(closed));
}
void HttpReply::more() {
    impl_->exchange->more();
}

}  // namespace fragcast

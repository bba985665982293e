#include "tools/http_client.hpp"

#include "messages/wire/limits.hpp"

#include <initializer_list>
#include <memory>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

constexpr long kSlowBytes = 1024;  // a second: as good as none

struct AnswerText {
    std::string text;
    std::size_t most = 0;
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
    auto& body = *static_cast<AnswerText*>(out);
    if (body.text.size() + size * count > body.most) return 0;
    body.text.append(data, size * count);
    return size * count;
}

// Counts what a text would become, and stops where that is too much.
class ValueCounter : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit ValueCounter(std::size_t most) : left_(most) {}
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return deeper(); }
    bool key(string_t&) override { return value(); }
    bool end_object() override { return higher(); }
    bool start_array(std::size_t) override { return deeper(); }
    bool end_array() override { return higher(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }
    bool too_much() const { return too_much_; }

private:
    bool value() {
        if (left_ == 0) too_much_ = true;
        return left_ != 0 && left_-- != 0;
    }
    bool deeper() {
        if (++depth_ > limits::kMaxAnswerDepth) too_much_ = true;
        return !too_much_ && value();
    }
    bool higher() {
        --depth_;
        return true;
    }

    std::size_t left_;
    std::size_t depth_ = 0;
    bool too_much_ = false;
};

Error error_of(long status, const std::string& body) {
    const auto read = read_json(body);
    const nlohmann::json problem = read ? *read : nlohmann::json();
    std::string text = "HTTP status " + std::to_string(status);
    if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string())
        text = problem["detail"].get<std::string>();
    if (status == 421 && problem.is_object() && problem.contains("peer"))
        text +=
            ". That page is for its own machine only, or another peer has its address by now: go "
            "to "
            "where the peer runs, or name an address that is reached from here, --peer "
            "http://HOST:PORT";
    switch (status) {
        case 404:
            return fail(ErrorKind::not_found, text);
        case 409:
            return fail(ErrorKind::ambiguous, text);
        case 503:
            return fail(ErrorKind::unavailable, text);
        default:
            return fail(ErrorKind::refused, text);
    }
}

using Curl = std::unique_ptr<CURL, void (*)(CURL*)>;

using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

Headers headers_for(const std::string& peer, std::initializer_list<const char*> more) {
    curl_slist* list = nullptr;
    for (const char* header : more)
        list = curl_slist_append(list, header);
    if (!peer.empty()) list = curl_slist_append(list, ("X-Fragcast-Peer: " + peer).c_str());
    return {list, curl_slist_free_all};
}

// `set_up` adds what the method needs.
template <class SetUp>
Result<HttpDone> request(const std::string& url, double timeout, const AnswerLimits& most,
                         const Headers& headers, SetUp&& set_up) {
    const Curl curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return fail(ErrorKind::io, "libcurl does not start");
    AnswerText body{{}, most.bytes};
    HttpDone done;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // peers are reached directly
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout * 1000));
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeout) + 1);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                     static_cast<long>((timeout + static_cast<double>(most.time.count())) * 1000));
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    set_up(curl.get());
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_WRITE_ERROR)
        return fail(ErrorKind::invalid, "the answer of " + url + " has more than the " +
                                            std::to_string(most.bytes >> 20) +
                                            " MiB that it may have");
    if (code != CURLE_OK)
        return fail(ErrorKind::unavailable,
                    "no answer from " + url + ": " + curl_easy_strerror(code));
    done.body = std::move(body.text);
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &done.status);
    if (done.status / 100 != 2) return error_of(done.status, done.body);
    return done;
}

}  // namespace

AnswerLimits limits_of(Answer answer) {
    if (answer == Answer::one)
        return {limits::kMaxAnswerBytes, limits::kMaxAnswerValues, limits::kAnswerTime};
    return {limits::kMaxListAnswerBytes, limits::kMaxListAnswerValues,
            limits::kAnswerTime * (limits::kMaxListAnswerBytes / limits::kMaxAnswerBytes)};
}

Result<nlohmann::json> read_json(const std::string& text, Answer answer) {
    ValueCounter counter(limits_of(answer).values);
    if (nlohmann::json::sax_parse(text, &counter)) return nlohmann::json::parse(text);
    return fail(ErrorKind::invalid,
                counter.too_much() ? "the answer holds more, or is nested deeper, than any of ours"
                                   : "the answer is no JSON; is it of a fragcast peer?");
}

Result<nlohmann::json> read_object(const std::string& text, Answer answer) {
    auto read = read_json(text, answer);
    if (read && !read->is_object())
        return fail(ErrorKind::invalid, "the answer is none of ours; is it of a fragcast peer?");
    return read;
}

Result<std::string> http_get(const std::string& url, const std::string& peer, double timeout,
                             const AnswerLimits& most) {
    auto done = request(url, timeout, most, headers_for(peer, {}), [](CURL*) {});
    if (!done) return done.error();
    return std::move(done->body);
}

Result<HttpDone> http_change(const std::string& method, const std::string& url,
                             const std::string& peer, const std::string& json, double timeout) {
    const Headers headers = headers_for(peer, {"X-Fragcast: 1", "Content-Type: application/json"});
    return request(url, timeout, limits_of(Answer::one), headers, [&](CURL* curl) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.c_str());
    });
}

std::string url_escape(const std::string& text) {
    const std::unique_ptr<char, void (*)(void*)> escaped(
        curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free);
    return escaped ? escaped.get() : "";
}

}  // namespace fragcast::tools

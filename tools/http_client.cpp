#include "tools/http_client.hpp"

#include <initializer_list>
#include <memory>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

constexpr std::size_t kMaxAnswerBytes = 256UL << 20;

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
    auto& body = *static_cast<std::string*>(out);
    if (body.size() + size * count > kMaxAnswerBytes) return 0;
    body.append(data, size * count);
    return size * count;
}

Error error_of(long status, const std::string& body) {
    const auto problem = nlohmann::json::parse(body, nullptr, false);
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
Result<HttpDone> request(const std::string& url, double timeout, const Headers& headers,
                         SetUp&& set_up) {
    const Curl curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return fail(ErrorKind::io, "libcurl does not start");
    HttpDone done;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // peers are reached directly
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout * 1000));
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeout) + 1);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &done.body);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    set_up(curl.get());
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK)
        return fail(ErrorKind::unavailable,
                    "no answer from " + url + ": " + curl_easy_strerror(code));
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &done.status);
    if (done.status / 100 != 2) return error_of(done.status, done.body);
    return done;
}

}  // namespace

Result<std::string> http_get(const std::string& url, const std::string& peer, double timeout) {
    auto done = request(url, timeout, headers_for(peer, {}), [](CURL*) {});
    if (!done) return done.error();
    return std::move(done->body);
}

Result<HttpDone> http_change(const std::string& method, const std::string& url,
                             const std::string& peer, const std::string& json, double timeout) {
    const Headers headers = headers_for(peer, {"X-Fragcast: 1", "Content-Type: application/json"});
    return request(url, timeout, headers, [&](CURL* curl) {
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

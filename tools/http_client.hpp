// Main thread. The door of libcurl: the tools' requests to peers.
#pragma once

#include "messages/wire/result.hpp"

#include <chrono>
#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast::tools {

// What an answer may be: one thing, or a list of all that there is.
enum class Answer { one, list };
struct AnswerLimits {
    std::size_t bytes = 0;
    std::size_t values = 0;       // in its JSON
    std::chrono::seconds time{};  // for all of it, beyond a timeout
};
AnswerLimits limits_of(Answer answer);

// The body of a 200. `url` is whole. Errors: unavailable (nobody answers), not_found (404),
// ambiguous (409), refused and others with the problem's detail as text. Gives up after `timeout`
// seconds without a byte or with next to none, and after most.time more in all; invalid: it has
// more than most.bytes. `peer`: the id of the one who is meant, or empty; where another one
// answers: refused, with who it is.
Result<std::string> http_get(const std::string& url, const std::string& peer, double timeout,
                             const AnswerLimits& most = limits_of(Answer::one));

// A method that changes state, with a JSON body or none; the body of any 2xx. Errors as of
// http_get, and refused for 502: holders are known, and all of them failed.
struct HttpDone {
    long status = 0;
    std::string body;
};
Result<HttpDone> http_change(const std::string& method, const std::string& url,
                             const std::string& peer, const std::string& json, double timeout);

// invalid: no JSON, or more, or deeper, than such an answer may be. Checked before it is built.
Result<nlohmann::json> read_json(const std::string& text, Answer answer = Answer::one);

// The same of what is to be an object, as all answers of peers and buses are.
Result<nlohmann::json> read_object(const std::string& text, Answer answer = Answer::one);

// %XX for everything but unreserved characters.
std::string url_escape(const std::string& text);

}  // namespace fragcast::tools

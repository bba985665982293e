#include "messages/wire/endpoint.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/utf8.hpp"
#include "tests/fuzz/targets.hpp"

#include <string>

namespace fragcast::fuzz {

void text(Input input) {
    const std::string text(input.begin(), input.end());
    if (const auto endpoint = parse_endpoint(text, "fuzz")) {
        const auto again = parse_endpoint(endpoint->text(), "fuzz");
        must(again && *again == *endpoint, "an endpoint reads as it is written");
    }
    if (const auto told = check_told_endpoint(text, false)) {
        must(told->literal() && told->port != 0, "a told endpoint is a literal address and a port");
        must(!told->loopback() && !told->wildcard(), "a told endpoint is on another host");
    }
    (void)parse_host_port(text, "fuzz");
    (void)parse_size(text, "fuzz");
    (void)parse_duration_ms(text, "fuzz");
    if (check_name(text)) must(valid_utf8(text), "a name is UTF-8");
    const std::string slug = slug_of(text);
    must(!slug.empty() && slug.size() <= 32, "a slug has 1 to 32 characters");
    must(slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos,
         "a slug is plain");
    if (const auto id = PeerId::parse(text)) must(PeerId::parse(id->text()) == id, "ids read back");
}

}  // namespace fragcast::fuzz

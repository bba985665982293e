// messages_http. Any thread: pure. Who asks, as browsers say it (Fetch Metadata, Origin).
//
// A page of another site can have a browser send us any GET, by an <img> say, and never reads the
// answer; that it was sent is enough where a GET makes a peer fetch. Programs that are no browsers
// say nothing, nor do browsers at an address that is neither loopback nor https.
#pragma once

#include "messages/http/http_server.hpp"

namespace fragcast {

enum class AskedFrom {
    here,      // our own page, the user at the address bar, or no browser
    led,       // the user, whom another site's page led here: a link
    elsewhere  // another site's page, which loads it into itself or sends it
};
AskedFrom asked_from(const HttpRequest& request);

}  // namespace fragcast

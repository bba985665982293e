// HTTP thread. The page and its files.
#include "messages/wire/hash.hpp"
#include "peer/http/routes.hpp"
#include "player/play/page_files.hpp"

#include <string>
#include <string_view>

namespace fragcast {

void add_page_routes(RoutesContext& context) {
    HttpDesk& desk = context.desk;
    for (const PageFile& file : page_files()) {
        if (std::string_view(file.path) != "/" || file.gzip) {
            context.server.asset(file.path, file.type, file.body, file.gzip);
            continue;
        }
        HttpResponse page;
        page.type = file.type;
        page.body = std::string(file.body);
        const Digest digest =
            sha256({reinterpret_cast<const std::uint8_t*>(file.body.data()), file.body.size()});
        page.headers = {{"ETag", '"' + digest.text() + '"'}, {"Cache-Control", "no-cache"}};
        // Through a handler, because a user who opens the page is news.
        context.server.route("GET", "/",
                             [&desk, page](const HttpRequest& request, HttpReply reply) {
                                 desk.tell(http_event::ViewerEntered{});
                                 const auto same = not_modified(request, page);
                                 reply.send(same ? *same : page);
                             });
    }
}

}  // namespace fragcast

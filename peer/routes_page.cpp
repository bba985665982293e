#include "peer/routes.hpp"
#include "player/page_files.hpp"

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
        // Through a handler, because a user who opens the page is news.
        context.server.route("GET", "/", [&desk, &file](const HttpRequest&, HttpReply reply) {
            desk.tell(http_event::ViewerEntered{});
            HttpResponse page;
            page.type = file.type;
            page.body = std::string(file.body);
            reply.send(std::move(page));
        });
    }
}

}  // namespace fragcast

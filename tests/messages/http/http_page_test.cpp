// Lists by pages, and what a client has already.
#include "messages/http/http_page.hpp"

#include "messages/wire/ids.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

PeerId numbered(std::uint8_t number) {
    PeerId id;
    id.bytes[0] = number;
    return id;
}

std::pair<std::vector<PeerId>, std::string> page_of_ids(const HttpRequest& request) {
    // As people see them, not by id.
    std::vector<PeerId> all{numbered(3), numbered(1), numbered(5), numbered(2), numbered(4)};
    const auto page = list_page<PeerId>(request);
    REQUIRE(page);
    return page_of(std::move(all), *page, [](const PeerId& id) { return id; });
}

HttpRequest asking(std::map<std::string, std::string> query) {
    HttpRequest request;
    request.query = std::move(query);
    return request;
}

}  // namespace

TEST_CASE("page: who asks for none gets all, as it was") {
    const auto [ids, next] = page_of_ids(asking({}));
    CHECK(ids == std::vector{numbered(3), numbered(1), numbered(5), numbered(2), numbered(4)});
    CHECK(next.empty());
}

TEST_CASE("page: page after page brings each once, by id") {
    auto [first, next] = page_of_ids(asking({{"limit", "2"}}));
    CHECK(first == std::vector{numbered(1), numbered(2)});
    CHECK(next == numbered(2).text());
    auto [second, later] = page_of_ids(asking({{"limit", "2"}, {"after", next}}));
    CHECK(second == std::vector{numbered(3), numbered(4)});
    auto [third, end] = page_of_ids(asking({{"limit", "2"}, {"after", later}}));
    CHECK(third == std::vector{numbered(5)});
    CHECK(end.empty());
}

TEST_CASE("page: one that is exactly full is the last") {
    CHECK(page_of_ids(asking({{"limit", "5"}})).second.empty());
    CHECK(page_of_ids(asking({{"limit", "4"}})).second == numbered(4).text());
    CHECK(page_of_ids(asking({{"after", numbered(4).text()}})).first == std::vector{numbered(5)});
    // What it names may be gone.
    CHECK(page_of_ids(asking({{"after", numbered(9).text()}})).first.empty());
}

TEST_CASE("page: beyond the end it is empty, and there is no next one") {
    const auto [ids, next] = page_of_ids(asking({{"limit", "2"}, {"after", std::string(32, 'f')}}));
    CHECK(ids.empty());
    CHECK(next.empty());
}

TEST_CASE(
    "page: a map piece by piece, which changes between them, is neither cut short nor twice") {
    std::map<PeerId, int> all{
        {numbered(1), 1}, {numbered(3), 3}, {numbered(5), 5}, {numbered(7), 7}};
    PageWalk<PeerId> walk(*list_page<PeerId>(asking({{"limit", "4"}})));
    std::vector<int> seen;
    const auto go = [&] {
        walk.go(
            all, 2, [](int) { return true; }, [&](int entry) { seen.push_back(entry); });
    };
    go();
    CHECK(seen == std::vector{1, 3});
    CHECK_FALSE(walk.ended());
    all.erase(numbered(3));  // where it stands
    all.emplace(numbered(2), 2);
    all.emplace(numbered(4), 4);
    go();
    CHECK(seen == std::vector{1, 3, 4, 5});
    CHECK(walk.ended());  // the page is full, and 7 is on the next
    CHECK(walk.next() == numbered(5).text());
}

TEST_CASE("page: a piece that the list just fills is the last, and so is one of nothing") {
    const std::map<PeerId, int> all{{numbered(1), 1}, {numbered(2), 2}};
    for (const auto& query : {std::map<std::string, std::string>{}, {{"limit", "2"}}}) {
        PageWalk<PeerId> walk(*list_page<PeerId>(asking(query)));
        walk.go(
            all, 2, [](int) { return true; }, [](int) {});
        CHECK(walk.ended());
        CHECK(walk.next().empty());
    }
    PageWalk<PeerId> walk(*list_page<PeerId>(asking({})));
    walk.go(
        std::map<PeerId, int>{}, 2, [](int) { return true; }, [](int) {});
    CHECK(walk.ended());
}

TEST_CASE("page: of those that are wanted, and one is the last if no wanted one follows") {
    std::map<PeerId, int> all;
    for (std::uint8_t i = 1; i <= 9; ++i)
        all.emplace(numbered(i), i);
    const auto even = [&](const std::string& after) {
        return page_of_map(all, *list_page<PeerId>(asking({{"limit", "2"}, {"after", after}})),
                           [](int entry) { return entry % 2 == 0; });
    };
    const auto first = even(numbered(0).text());
    CHECK(first.first == std::vector{2, 4});
    CHECK(first.second == numbered(4).text());
    const auto last = even(first.second);
    CHECK(last.first == std::vector{6, 8});
    CHECK(last.second.empty());  // 9 is none
}

TEST_CASE("page: the limit's bounds, and what is none") {
    CHECK(page_limit(asking({{"limit", "1"}})));
    CHECK(page_limit(asking({{"limit", std::to_string(limits::kMaxListPage)}})));
    for (const std::string text :
         {"", "0", "-1", "x", "1x", " 1", "99999999999999999999", "1.5", "+1"})
        CHECK_FALSE_MESSAGE(page_limit(asking({{"limit", text}})), text);
    CHECK_FALSE(page_limit(asking({{"limit", std::to_string(limits::kMaxListPage + 1)}})));
    for (const std::string text : {"", "x", "../..", "ABCD"})
        CHECK_FALSE_MESSAGE(list_page<PeerId>(asking({{"after", text}})), text);
}

TEST_CASE("not modified: one of a list, weak or not, or any") {
    HttpResponse head;
    head.headers = {{"ETag", "\"a1\""}, {"Cache-Control", "no-cache"}, {"Location", "/"}};
    HttpRequest request;
    CHECK_FALSE(not_modified(request, head));
    for (const std::string known :
         {"\"a1\"", "W/\"a1\"", "\"x\", \"a1\"", "\"x\" ,W/\"a1\"", "*"}) {
        request.headers["if-none-match"] = known;
        const auto same = not_modified(request, head);
        REQUIRE_MESSAGE(same, known);
        CHECK(same->status == 304);
        CHECK(same->body.empty());
        CHECK(same->headers.at("ETag") == "\"a1\"");
        CHECK(same->headers.at("Cache-Control") == "no-cache");
        CHECK_FALSE(same->headers.contains("Location"));
    }
    for (const std::string known : {"", "a1", "\"a2\"", "\"a\"", "\"*\"", "w/\"a1\""}) {
        request.headers["if-none-match"] = known;
        CHECK_FALSE_MESSAGE(not_modified(request, head), known);
    }
    request.headers["if-none-match"] = "*";
    CHECK_FALSE(not_modified(request, HttpResponse{}));  // without a tag nothing is known to last
}

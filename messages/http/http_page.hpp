// Any thread: pure. Lists by pages (HTTP.md, "Lists"): `?limit=N&after=ID`.
#pragma once

#include "messages/http/http_server.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

// How many entries a client wants; nothing: all. invalid: no number from 1 to kMaxListPage.
inline Result<std::optional<std::size_t>> page_limit(const HttpRequest& request) {
    const auto text = request.parameter("limit");
    if (!text) return std::optional<std::size_t>();
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc() || end != text->data() + text->size() || limit < 1 ||
        limit > limits::kMaxListPage)
        return fail(ErrorKind::invalid,
                    "limit must be a number from 1 to " + std::to_string(limits::kMaxListPage));
    return std::optional(limit);
}

template <class Id>
struct ListPage {
    std::optional<std::size_t> limit;
    std::optional<Id> after;

    bool whole() const { return !limit && !after; }
    std::size_t most() const { return limit.value_or(limits::kMaxListPage); }
};

template <class Id>
Result<ListPage<Id>> list_page(const HttpRequest& request) {
    const auto limit = page_limit(request);
    if (!limit) return limit.error();
    ListPage<Id> page{*limit, std::nullopt};
    if (const auto text = request.parameter("after")) {
        page.after = Id::parse(*text);
        if (!page.after) return fail(ErrorKind::invalid, "after must be the id that \"next\" gave");
    }
    return page;
}

// One page of `all`, by id, and what to ask for the next one after ("": there is none). Who asks
// for no page gets all as it was.
template <class Entry, class Id, class IdOf>
std::pair<std::vector<Entry>, std::string> page_of(std::vector<Entry> all, const ListPage<Id>& page,
                                                   IdOf id_of) {
    if (page.whole()) return {std::move(all), ""};
    if (page.after)
        std::erase_if(all, [&](const Entry& entry) { return !(*page.after < id_of(entry)); });
    const auto by_id = [&](const Entry& a, const Entry& b) { return id_of(a) < id_of(b); };
    if (all.size() <= page.most()) {
        std::sort(all.begin(), all.end(), by_id);
        return {std::move(all), ""};
    }
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(page.most()),
                      all.end(), by_id);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(page.most()), all.end());
    std::string next = id_of(all.back()).text();
    return {std::move(all), std::move(next)};
}

}  // namespace fragcast

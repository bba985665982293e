// Any thread: pure. Lists by pages (HTTP.md, "Lists"): `?limit=N&after=ID`.
#pragma once

#include "messages/http/http_server.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/whole_number.hpp"

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

// How many entries a client wants; nothing: all. invalid: no number from 1 to kMaxListPage.
inline Result<std::optional<std::size_t>> page_limit(const HttpRequest& request) {
    const auto text = request.parameter("limit");
    if (!text) return std::optional<std::size_t>();
    const auto limit = whole_number<std::size_t>(*text);
    if (!limit || *limit < 1 || *limit > limits::kMaxListPage)
        return fail(ErrorKind::invalid,
                    "limit must be a number from 1 to " + std::to_string(limits::kMaxListPage));
    return limit;
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

// Goes through a list, an ordered map by id, from where a page begins to where it ends; at once, or
// piece by piece: the map may change between two pieces, but neither the order nor an entry that
// stays is lost.
template <class Id>
class PageWalk {
public:
    explicit PageWalk(const ListPage<Id>& page)
        : last_(page.after),
          left_(page.whole() ? std::numeric_limits<std::size_t>::max() : page.most()) {}

    // Hands at most `most` further entries of the list to `take`; those that are not `wanted` are
    // none of it.
    template <class Map, class Wanted, class Take>
    void go(const Map& by_id, std::size_t most, Wanted wanted, Take take) {
        for (auto at = last_ ? by_id.upper_bound(*last_) : by_id.begin(); at != by_id.end(); ++at) {
            if (!wanted(at->second)) continue;
            if (left_ == 0) {
                next_ = last_->text();
                break;
            }
            if (most-- == 0) return;
            take(at->second);
            last_ = at->first;
            --left_;
        }
        ended_ = true;
    }
    bool ended() const { return ended_; }
    // What to ask for the next page after, once it ended; "": there is none.
    const std::string& next() const { return next_; }

private:
    std::optional<Id> last_;  // handed over, or the page's `after`
    std::size_t left_;
    std::string next_;
    bool ended_ = false;
};

// One page of such a list, and what to ask for the next one after.
template <class Map, class Id, class Wanted>
std::pair<std::vector<typename Map::mapped_type>, std::string> page_of_map(const Map& by_id,
                                                                           const ListPage<Id>& page,
                                                                           Wanted wanted) {
    std::vector<typename Map::mapped_type> entries;
    PageWalk<Id> walk(page);
    walk.go(by_id, std::numeric_limits<std::size_t>::max(), wanted,
            [&](const auto& entry) { entries.push_back(entry); });
    return {std::move(entries), walk.next()};
}

// The same of `all`. Who asks for no page gets all as it was.
template <class Entry, class Id, class IdOf>
std::pair<std::vector<Entry>, std::string> page_of(std::vector<Entry> all, const ListPage<Id>& page,
                                                   IdOf id_of) {
    if (page.whole()) return {std::move(all), ""};
    std::map<Id, Entry> by_id;
    for (auto& entry : all) {
        const Id id = id_of(entry);
        by_id.emplace(id, std::move(entry));
    }
    return page_of_map(by_id, page, [](const Entry&) { return true; });
}

}  // namespace fragcast

// Any thread: pure.
//
// What NAME|ID means, wherever a user may write it (PROTOCOL.md, 9.5): the full id, in any case, is
// that id and nothing else; else an exact name, or the beginning of ids, of so many hex digits at
// least. Neither goes first: names are given by anybody, and one that is the beginning of another's
// id is not taken for it, nor it for that. What fits several is listed, and the user says more.
// What takes something away asks for more digits (limits::kMinIdDigitsToTakeAway): as many as
// nobody types by chance.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/records.hpp"
#include "messages/wire/result.hpp"

#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace fragcast {

// IdType: AssetId or PeerId.
template <class IdType>
class NameOrId {
public:
    explicit NameOrId(std::string_view word, std::size_t digits = limits::kMinIdDigits);

    // The one id that is meant, where the word is a full one.
    std::optional<IdType> id() const;
    const std::string& word() const { return word_; }
    bool is_name(std::string_view name) const { return !id() && !word_.empty() && name == word_; }
    // The lowest and the highest id that begin so; nothing where the word is no such beginning.
    const std::optional<std::pair<IdType, IdType>>& range() const { return range_; }
    bool begins(const IdType& id) const {
        return range_ && range_->first <= id && id <= range_->second;
    }

    // The rows that are meant, in their order; `key` makes a pair of its id and its name of a row.
    template <class Rows, class Key>
    auto among(Rows&& rows, Key key) const {
        using Row = std::remove_reference_t<decltype(*std::begin(rows))>;
        std::vector<Row*> fit;
        for (Row& row : rows) {
            const auto& [id, name] = key(row);
            if (is_name(name) || begins(id)) fit.push_back(&row);
        }
        return fit;
    }

private:
    std::string word_;
    std::optional<std::pair<IdType, IdType>> range_;
};

extern template class NameOrId<AssetId>;
extern template class NameOrId<PeerId>;

// The records that are meant by a word, in their order.
std::vector<AssetRecord> meant_by(std::string_view word, const std::vector<AssetRecord>& all,
                                  std::size_t digits = limits::kMinIdDigits);
std::vector<PeerRecord> meant_by(std::string_view word, const std::vector<PeerRecord>& all,
                                 std::size_t digits = limits::kMinIdDigits);

// ambiguous: a word that means all of these; names the first few of them and says what to do.
Error several_meant(std::string_view word, const std::vector<AssetRecord>& fit);
Error several_meant(std::string_view word, const std::vector<PeerRecord>& fit);
// invalid: a word that fits these, and says too little to take something away by.
Error too_little_said(std::string_view word, const std::vector<AssetRecord>& fit);

}  // namespace fragcast

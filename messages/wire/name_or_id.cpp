#include "messages/wire/name_or_id.hpp"

#include "messages/wire/endpoint.hpp"

#include <algorithm>

namespace fragcast {

template <class IdType>
NameOrId<IdType>::NameOrId(std::string_view word, std::size_t digits) : word_(word) {
    constexpr std::size_t kFull = 2 * IdType::kBytes;
    if (word.size() < digits || word.size() > kFull) return;
    const std::string rest(kFull - word.size(), '0');
    const auto lowest = IdType::parse(word_ + rest);
    if (!lowest) return;
    range_ = {*lowest, *IdType::parse(word_ + std::string(rest.size(), 'f'))};
}

template <class IdType>
std::optional<IdType> NameOrId<IdType>::id() const {
    if (!range_ || range_->first != range_->second) return std::nullopt;
    return range_->first;
}

template class NameOrId<AssetId>;
template class NameOrId<PeerId>;

namespace {

template <class Record>
std::vector<Record> records_meant(std::string_view word, const std::vector<Record>& all,
                                  std::size_t digits) {
    std::vector<Record> out;
    for (const Record* one :
         NameOrId<decltype(Record::id)>(word, digits).among(all, [](const Record& record) {
             return std::pair(record.id, std::string_view(record.name));
         }))
        out.push_back(*one);
    return out;
}

std::string candidate(const AssetRecord& asset) {
    const std::string length = asset.duration_us ? human_duration(asset.duration_us) + ", " : "";
    return asset.id.short_text() + " (" + asset.name + ", " + length + human_bytes(asset.size) +
           ")";
}

std::string candidate(const PeerRecord& peer) {
    return peer.id.short_text() + " (" + peer.name + (peer.http.empty() ? "" : ", " + peer.http) +
           ")";
}

template <class Record>
std::string list_of(const std::vector<Record>& fit) {
    std::string list;
    const std::size_t said = std::min(fit.size(), limits::kMaxCandidatesSaid);
    for (std::size_t i = 0; i < said; ++i)
        list += (i == 0 ? "" : ", ") + candidate(fit[i]);
    if (said < fit.size()) list += " and " + std::to_string(fit.size() - said) + " more";
    return list;
}

template <class Record>
Error several(std::string_view word, const std::vector<Record>& fit, const char* kind) {
    return fail(ErrorKind::ambiguous, std::to_string(fit.size()) + " " + kind + " fit \"" +
                                          std::string(word) + "\": " + list_of(fit) +
                                          "; say which by its id");
}

}  // namespace

std::vector<AssetRecord> meant_by(std::string_view word, const std::vector<AssetRecord>& all,
                                  std::size_t digits) {
    return records_meant(word, all, digits);
}

std::vector<PeerRecord> meant_by(std::string_view word, const std::vector<PeerRecord>& all,
                                 std::size_t digits) {
    return records_meant(word, all, digits);
}

Error several_meant(std::string_view word, const std::vector<AssetRecord>& fit) {
    return several(word, fit, "assets");
}

Error several_meant(std::string_view word, const std::vector<PeerRecord>& fit) {
    return several(word, fit, "peers");
}

Error too_little_said(std::string_view word, const std::vector<AssetRecord>& fit) {
    return fail(ErrorKind::invalid,
                "\"" + std::string(word) + "\" is too little to remove something by: give its " +
                    "name, or " + std::to_string(limits::kMinIdDigitsToTakeAway) +
                    " digits of its id. It fits " + list_of(fit));
}

}  // namespace fragcast

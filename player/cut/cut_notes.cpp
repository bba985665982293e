#include "player/cut/cut_notes.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cstdio>

namespace fragcast {

namespace {

constexpr std::uint64_t kWorthSaying = 500'000;  // microseconds between the lengths

std::string seconds_text(std::uint64_t us) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", static_cast<double>(us) / 1e6);
    return text;
}

std::string track_text(const Track& track) {
    return track.language.empty() ? track.codec : track.codec + ' ' + track.language;
}

std::string tracks_note(const Manifest& manifest) {
    std::string out;
    for (const Track& track : manifest.source.kept) {
        out += (out.empty() ? "kept " : ", ") + track_text(track);
        if (track.kind == "video")
            out += ' ' + std::to_string(manifest.media->width) + 'x' +
                   std::to_string(manifest.media->height);
    }
    if (manifest.source.dropped.empty()) return out;
    const char* before = "; left out: ";
    for (const Track& track : manifest.source.dropped) {
        out += before + track_text(track);
        before = ", ";
    }
    return out + "; --raw keeps every byte";
}

std::string count_note(const Manifest& manifest, const FragmentWish& wish) {
    const std::size_t count = manifest.fragments.size();
    const std::string fragments = count == 1 ? " fragment" : " fragments";
    const std::size_t wanted = wish.fragments.value_or(limits::kDefaultFragments);
    if (wish.seconds || count == wanted) return "";
    if (count > wanted)
        return std::to_string(count) + fragments + " instead of " + std::to_string(wanted) +
               ", so that none is too large";
    return std::to_string(count) + fragments + " instead of " + std::to_string(wanted) +
           ": so many key frames are at least a second apart";
}

std::string length_note(const Manifest& manifest) {
    const auto shorter = [](const FragmentInfo& a, const FragmentInfo& b) {
        return a.duration_us < b.duration_us;
    };
    const auto [shortest, longest] =
        std::minmax_element(manifest.fragments.begin(), manifest.fragments.end(), shorter);
    if (longest->duration_us - shortest->duration_us < kWorthSaying) return "";
    return "fragments begin at key frames, so their lengths differ: " +
           seconds_text(shortest->duration_us) + " s to " + seconds_text(longest->duration_us) +
           " s";
}

}  // namespace

std::vector<std::string> video_notes(const Manifest& manifest, const FragmentWish& wish,
                                     bool rare) {
    std::vector<std::string> notes{tracks_note(manifest)};
    for (const std::string& note : {count_note(manifest, wish), length_note(manifest)})
        if (!note.empty()) notes.push_back(note);
    if (!manifest.media->closed_gop)
        notes.push_back(
            "its groups of pictures are open: fragments play in order, and not each alone");
    if (rare)
        notes.push_back("not every browser plays " + manifest.media->codecs +
                        "; where one does not, the asset can be downloaded");
    return notes;
}

}  // namespace fragcast

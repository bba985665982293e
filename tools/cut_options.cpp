#include "tools/cut_options.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"

namespace fragcast::tools {

CommandOption add_cut_options(CommandLine& verb, CutOptions& options) {
    verb.option("--name,--as", options.name, "name of the asset (the file's name)");
    const auto number = verb.option("--fragments", options.fragments, "how many fragments (10)")
                            .between(1U, limits::kMaxFragments);
    const auto seconds =
        verb.option("--fragment-seconds", options.fragment_seconds, "how long each fragment")
            .between(1.0, 86400.0)
            .excludes(number);
    verb.flag("--raw", options.raw, "every byte as it is, even of a video").excludes(seconds);
    return verb.option("--replicas", options.replicas, "wanted copies of each fragment")
        .between(1U, limits::kMaxReplicas)
        .shows_default();
}

std::string describe_cut(const Manifest& manifest) {
    const auto& fragments = manifest.fragments;
    const bool video = manifest.kind == AssetKind::video;
    const auto value = [video](const FragmentInfo& f) { return video ? f.duration_us : f.size; };
    const auto [least, most] =
        std::minmax_element(fragments.begin(), fragments.end(),
                            [&](const auto& a, const auto& b) { return value(a) < value(b); });
    const auto text = [video](std::uint64_t v) {
        return video ? human_duration(v) : human_bytes(v);
    };
    std::string out =
        std::to_string(fragments.size()) + (fragments.size() == 1 ? " fragment" : " fragments");
    if (fragments.empty()) return out;
    out += " of " + text(value(*least));
    if (text(value(*least)) != text(value(*most))) out += " to " + text(value(*most));
    return out;
}

}  // namespace fragcast::tools

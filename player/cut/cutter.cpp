#include "player/cut/cutter.hpp"

#include "player/cut/cut_video.hpp"
#include "player/cut/disk.hpp"
#include "player/cut/source_reader.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

namespace fragcast {

namespace {

// Says in the name that it is a video: then people want to know why it goes as a file.
bool named_as_video(const std::string& name) {
    constexpr std::array<std::string_view, 18> kExtensions = {
        ".mp4", ".m4v", ".mov", ".mkv",  ".webm", ".ts",  ".m2ts", ".mts", ".avi",
        ".wmv", ".flv", ".mpg", ".mpeg", ".ogv",  ".3gp", ".3g2",  ".vob", ".h264"};
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) return false;
    std::string extension = name.substr(dot);
    for (char& c : extension)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Status check_options(const CutOptions& options, const FragmentWish& wish) {
    if (Status status = check(wish); !status) return status;
    if (options.replicas == 0 || options.replicas > limits::kMaxReplicas)
        return fail(ErrorKind::invalid, "--replicas " + std::to_string(options.replicas) +
                                            " is out of range; give 1 to " +
                                            std::to_string(limits::kMaxReplicas));
    return Done{};
}

// The file's own name, for the record: what a name must not have is replaced.
std::string recorded_name(const std::string& file_name) {
    if (check_name(file_name)) return file_name;
    std::string out;
    for (const char c : file_name)
        out += c >= 0x20 && c < 0x7F && c != '/' ? c : '_';
    return check_name(out) ? out : "_";
}

Result<Manifest> draft_of(const InputFile& input, const CutOptions& options) {
    const std::string file_name =
        options.file_name.empty() ? input.path().filename().string() : options.file_name;
    Manifest draft;
    draft.name = options.name.empty() ? file_name : options.name;
    if (const Status status = check_name(draft.name); !status)
        return fail(
            ErrorKind::invalid,
            status.error().text + (options.name.empty()
                                       ? "; the file's name does not do, give another: --name"
                                       : "; choose another: --name"));
    draft.replicas = options.replicas;
    draft.source.name = recorded_name(file_name);
    draft.source.size = input.size();
    return draft;
}

Result<CutReport> cut(const InputFile& input, const std::filesystem::path& into,
                      const CutOptions& options, const Progress::GoOn& go_on, Files& files) {
    const FragmentWish wish{options.fragments, options.fragment_seconds};
    if (Status status = check_options(options, wish); !status) return status.error();
    if (input.size() == 0)
        return fail(ErrorKind::invalid,
                    input.path().string() + " is empty; give a file with content");
    const Result<Manifest> draft = draft_of(input, options);
    if (!draft) return draft.error();

    Progress progress(go_on, options.raw ? input.size() : 2 * input.size());
    SourceHash source_hash;
    source_hash.start(input);
    const CutJob job{files, input, into, wish, *draft, progress, source_hash};
    if (options.raw) return cut_by_size(job, 0);
    Result<CutReport> report = cut_video(job);
    if (report || report.error().kind != ErrorKind::invalid) return report;
    // The video's own folder is gone already: nothing of it is left in the file's.
    const std::string why = report.error().text;
    report = cut_by_size(job, input.size());
    if (!report) return report;
    if (named_as_video(draft->source.name))
        report->notes.push_back("goes as a file, byte for byte, not as a video: " + why);
    if (wish.seconds)
        report->notes.push_back("--fragment-seconds does not apply to a file: it is cut by size");
    return report;
}

}  // namespace

Result<CutReport> cut_file(const std::filesystem::path& input, const std::filesystem::path& into,
                           const CutOptions& options,
                           const std::function<bool(const CutProgress&)>& go_on, Files& files) {
    // The door: what libraries throw (no memory, no thread, a path) ends here.
    try {
        const Result<InputFile> file = InputFile::open(input);
        if (!file) return file.error();
        return cut(*file, into, options, go_on, files);
    } catch (const std::exception& error) {
        return fail(ErrorKind::io, "cannot cut " + input.string() + ": " + error.what());
    }
}

}  // namespace fragcast

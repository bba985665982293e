// Memory is flat: an input many times as large as the memory that a cut may take.
#include "tests/player/cut/media.hpp"

#include <functional>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fragcast;
using namespace fragcast::media;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kLarge = 512ULL << 20;
constexpr long kMostKiB = 100 * 1024;

// Resident at its most, in KiB, of a process that only does `work`.
long peak_kib(const std::function<bool()>& work) {
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(work() ? 0 : 1);
    int status = 0;
    struct rusage usage {};
    REQUIRE(::wait4(child, &status, 0, &usage) == child);
    REQUIRE(status == 0);
    return usage.ru_maxrss;
}

void check_flat(const Folder& folder, const fs::path& source, AssetKind kind) {
    CAPTURE(source.string());
    REQUIRE(fs::file_size(source) >= kLarge);
    const fs::path into = folder / "cut";
    const long cutting = peak_kib([&] {
        const Result<CutReport> report =
            cut_file(source, into, {}, [](const CutProgress&) { return true; });
        return report && report->manifest.kind == kind;
    });
    fs::remove(source);
    const long joining = peak_kib([&] {
        const fs::path asset = fs::directory_iterator(into)->path();
        return join_folder(asset, folder / "joined", std::nullopt, false).ok();
    });
    CHECK(cutting < kMostKiB);
    CHECK(joining < kMostKiB);
}

}  // namespace

TEST_CASE("a large file is cut and joined in little memory") {
    const Folder folder;
    const fs::path file = folder / "large.bin";
    fs::resize_file(make(file, "-f lavfi -i anullsrc -t 1 -f s16le"), kLarge);
    check_flat(folder, file, AssetKind::file);
}

TEST_CASE("a large video is cut and joined in little memory") {
    const Folder folder;
    const fs::path part =
        make(folder / "part.mp4",
             "-f lavfi -i testsrc2=s=640x360:r=25:d=4,noise=alls=60:allf=t -f lavfi -i sine=d=3.5 "
             "-c:v libx264 -preset ultrafast -qp 8 -g 25 -bf 2 -pix_fmt yuv420p -c:a aac");
    const std::uint64_t times = kLarge / fs::file_size(part) + 1;
    const fs::path film =
        make(folder / "film.mkv", "-stream_loop " + std::to_string(times) + " -i '" +
                                      part.string() + "' -map 0 -c copy");
    check_flat(folder, film, AssetKind::video);
}

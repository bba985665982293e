// The folder that a cut leaves: the same each time, whole or not at all.
#include "messages/wire/asset_folder.hpp"
#include "tests/player/cut/media.hpp"

#include <csignal>
#include <fstream>
#include <set>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fragcast;
using namespace fragcast::media;
namespace fs = std::filesystem;

namespace {

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder))
        out.insert(entry.path().filename().string());
    return out;
}

fs::path copy_of_sample(const Folder& folder, const std::string& name) {
    fs::copy_file(sample(), folder / name);
    return folder / name;
}

}  // namespace

TEST_CASE("the same input, options and name give the same bytes and id") {
    const Folder folder;
    CutOptions options;
    options.name = "film";
    const CutReport first = cut(sample(), folder / "first", options);
    const CutReport second = cut(sample(), folder / "second", options);
    CHECK(first.id == second.id);
    CHECK(first.manifest == second.manifest);
    for (const std::string& name : names_in(first.folder))
        CHECK((bytes_of(first.folder / name) == bytes_of(second.folder / name)));
    options.name = "another";
    CHECK(cut(sample(), folder / "first", options).id != first.id);
}

TEST_CASE("a folder holds what asset_folder.hpp says, and its manifest is the asset's") {
    const Folder folder;
    const CutReport report = cut(copy_of_sample(folder, "My Film (1).mp4"), folder / "cut");
    CHECK(report.folder.filename().string() == "my-film-1-mp4-" + report.id.text().substr(0, 8));
    CHECK(names_in(folder / "cut").size() == 1);
    std::set<std::string> expected{"manifest", "init.mp4"};
    for (FragmentIndex i; i.value < report.manifest.fragments.size(); ++i.value) {
        const FragmentInfo& fragment = report.manifest.fragments[i.value];
        expected.insert(fragment_file(report.manifest, i));
        expected.insert(proof_file(report.manifest, i));
        const Bytes bytes = bytes_of(report.folder / fragment_file(report.manifest, i));
        CHECK(bytes.size() == fragment.size);
        const Bytes proof = bytes_of(report.folder / proof_file(report.manifest, i));
        const Result<Proof> checked = check_proof(fragment, proof.data(), proof.size());
        REQUIRE(checked);
        for (ChunkIndex c; c.value < checked->size(); ++c.value) {
            const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(chunk_offset(c));
            const Bytes chunk(begin, begin + chunk_length(fragment.size, c));
            CHECK((*checked)[c.value] == sha256(chunk));
        }
    }
    CHECK(names_in(report.folder) == expected);
    const Bytes file = bytes_of(report.folder / "manifest");
    const Result<ManifestEnvelope> envelope = decode_envelope(file.data(), file.size());
    REQUIRE(envelope);
    CHECK(id_of_manifest(envelope->body) == report.id);
}

TEST_CASE("cutting again keeps the folder that is there, and completes it") {
    const Folder folder;
    const CutReport first = cut(sample(), folder / "cut");
    fs::remove(first.folder / "002.m4s");
    fs::resize_file(first.folder / "003.m4s", 100);
    const auto untouched = fs::last_write_time(first.folder / "001.m4s");
    const CutReport second = cut(sample(), folder / "cut");
    CHECK(second.folder == first.folder);
    CHECK(names_in(folder / "cut").size() == 1);
    CHECK(fs::last_write_time(first.folder / "001.m4s") == untouched);
    join(second, folder / "joined.mp4");
}

TEST_CASE("a folder of that name with something else in it is left alone") {
    const Folder folder;
    const CutReport first = cut(sample(), folder / "cut");
    const fs::path taken = folder / "other" / first.folder.filename();
    fs::create_directories(taken);
    std::ofstream(taken / "mine") << "mine";
    const CutReport second = cut(sample(), folder / "other");
    CHECK(second.folder != taken);
    CHECK(second.folder.filename().string() == "sample-mp4-" + second.id.text().substr(0, 12));
    CHECK(names_in(taken) == std::set<std::string>{"mine"});
}

TEST_CASE("stopped in the middle, a cut leaves nothing") {
    const Folder folder;
    for (const bool raw : {false, true}) {
        CutOptions options;
        options.raw = raw;
        int asked = 0;
        const Result<CutReport> report = cut_file(
            sample(), folder / "cut", options,
            [&asked](const CutProgress& at) { return at.done <= at.total && ++asked < 2; });
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == ErrorKind::interrupted);
        CHECK((!fs::exists(folder / "cut") || fs::is_empty(folder / "cut")));
    }
}

TEST_CASE("progress grows to its total") {
    const Folder folder;
    CutProgress last;
    bool grew = true;
    const Result<CutReport> report =
        cut_file(sample(), folder / "cut", {}, [&](const CutProgress& at) {
            grew = grew && at.done >= last.done && at.done <= at.total;
            last = at;
            return true;
        });
    REQUIRE(report);
    CHECK(grew);
    CHECK(last.total == 2 * fs::file_size(sample()));
    CHECK(last.done > last.total / 2);
}

TEST_CASE("what a killed cut left is removed by the next one, and what a living one has is not") {
    const Folder folder;
    const fs::path into = folder / "cut";
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // Killed at once when it has written: from its own progress.
        CutOptions options;
        options.raw = true;
        (void)cut_file(sample(), into, options, [&](const CutProgress& at) {
            if (at.done > 0) ::kill(::getpid(), SIGKILL);
            return true;
        });
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const std::set<std::string> left = names_in(into);
    REQUIRE(left.size() == 1);
    CHECK(left.begin()->rfind(".cutting-", 0) == 0);

    int seen_by_other = 0;
    const Result<CutReport> report = cut_file(sample(), into, {}, [&](const CutProgress& at) {
        // While this one works, another starts and ends beside it.
        if (at.done < at.total / 2 || seen_by_other > 0) return true;
        CutOptions options;
        options.name = "other";
        cut(sample(), into, options);
        seen_by_other = static_cast<int>(names_in(into).size());
        return true;
    });
    REQUIRE(report);
    CHECK(seen_by_other == 2);
    const std::set<std::string> now = names_in(into);
    CHECK(now.size() == 2);
    for (const std::string& name : now)
        CHECK(name[0] != '.');
}

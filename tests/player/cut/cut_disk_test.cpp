// A cut onto a disk that fails: nothing is left behind, and the next one is whole. Crashes too.
#include "messages/files/manifest_file.hpp"
#include "player/cut/cutter.hpp"
#include "tests/player/cut/temp_folder.hpp"
#include "tests/support/memory_files.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace fragcast;
using test::DyingAt;
using test::MemoryFiles;
using test::Op;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kInputBytes = 700'000;  // three chunks, in three fragments

struct CutInput {
    TempFolder folder;
    fs::path file = folder / "film.bin";
    Bytes bytes = Bytes(kInputBytes);

    CutInput() {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }

    Result<CutReport> cut_onto(Files& files) const {
        CutOptions options;
        options.raw = true;
        options.fragments = 3;
        return cut_file(
            file, "/into", options, [](const CutProgress&) { return true; }, files);
    }

    // Whole: one folder, and joined again the very bytes.
    void check_whole(MemoryFiles& files, const CutReport& report) const {
        CHECK(files.list("/into")->size() == 1);
        const auto manifest = read_manifest(files, report.folder);
        REQUIRE(manifest);
        CHECK(manifest->id == report.id);
        files.put_folder("/out");
        const Status joined = join_folder(report.folder, "/out/film", std::nullopt, true, files);
        CHECK_MESSAGE(joined, (joined ? "" : joined.error().text));
        CHECK((files.get("/out/film") == bytes));
        CHECK(files.list("/out")->size() == 1);
    }
};

// Whether there was an n-th operation of these to fail.
struct FailNth {
    FailNth(MemoryFiles& files, std::function<bool(Op, const fs::path&)> which, std::uint64_t n,
            ErrorKind kind)
        : all(files) {
        files.set_fault([this, which = std::move(which), n, kind](
                            Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (!which(op, path) || count++ != n) return std::nullopt;
            return failed = kind;
        });
    }
    ~FailNth() { all.set_fault(nullptr); }

    MemoryFiles& all;
    std::uint64_t count = 0;
    std::optional<ErrorKind> failed;
};

}  // namespace

TEST_CASE("cut: onto a disk whose n-th write fails, it says so and leaves nothing behind") {
    const CutInput input;
    std::uint64_t n = 0;
    for (;; ++n) {
        CAPTURE(n);
        MemoryFiles files;
        {
            const FailNth fault(
                files, [](Op op, const fs::path&) { return op == Op::write; }, n, ErrorKind::full);
            const auto report = input.cut_onto(files);
            if (!fault.failed) break;
            REQUIRE_FALSE(report);
            CHECK(report.error().kind == ErrorKind::full);
            CHECK(report.error().text.find("/into/") != std::string::npos);
        }
        CHECK(files.tree("/into").empty());
        const auto again = input.cut_onto(files);
        REQUIRE(again);
        input.check_whole(files, *again);
    }
    CHECK(n >= 7);  // three fragments, three proofs, a manifest
}

TEST_CASE("cut: whatever operation fails, there is nothing or all of it") {
    const CutInput input;
    std::uint64_t n = 0;
    for (;; ++n) {
        CAPTURE(n);
        MemoryFiles files;
        Result<CutReport> report = fail(ErrorKind::io, "");
        {
            const FailNth fault(
                files, [](Op, const fs::path&) { return true; }, n, ErrorKind::io);
            report = input.cut_onto(files);
            if (!fault.failed) break;
        }
        if (!report) CHECK(files.tree("/into").empty());
        const auto again = input.cut_onto(files);
        REQUIRE(again);
        input.check_whole(files, *again);
    }
    CHECK(n > 20);
}

TEST_CASE(
    "cut: after a power cut at any moment there is nothing of it or all, and what is left over "
    "goes") {
    const CutInput input;
    std::uint64_t before = 0;
    bool ended = false;
    for (; !ended; ++before) {
        CAPTURE(before);
        for (const auto unsynced : {MemoryFiles::Unsynced::lost, MemoryFiles::Unsynced::kept,
                                    MemoryFiles::Unsynced::mixed}) {
            MemoryFiles files;
            files.put_folder("/into");
            std::optional<CutReport> told;
            {
                const DyingAt death(files, before);
                const auto report = input.cut_onto(files);
                ended = death.count() <= before;
                if (report) told = *report;
            }
            files.crash(unsynced, before);
            // What was told of is there; what has its name is whole.
            if (told) input.check_whole(files, *told);
            const auto entries = files.list("/into");
            REQUIRE(entries);
            for (const Entry& entry : *entries)
                if (!entry.name.starts_with('.')) {
                    const auto manifest = read_manifest(files, "/into/" + entry.name);
                    REQUIRE(manifest);
                    CHECK(join_folder("/into/" + entry.name, "/joined", std::nullopt, true, files));
                }
            const auto again = input.cut_onto(files);
            REQUIRE(again);
            input.check_whole(files, *again);
        }
    }
    CHECK(before > 15);
}

TEST_CASE("join: onto a disk whose n-th operation fails it says so, and leaves nothing") {
    const CutInput input;
    MemoryFiles files;
    const auto report = input.cut_onto(files);
    REQUIRE(report);
    files.put_folder("/out");
    std::uint64_t n = 0;
    for (;; ++n) {
        CAPTURE(n);
        const FailNth fault(
            files,
            [](Op op, const fs::path& path) {
                return op != Op::stat && path.native().starts_with("/out");
            },
            n, ErrorKind::full);
        const Status joined = join_folder(report->folder, "/out/film", std::nullopt, false, files);
        if (!fault.failed) break;
        if (joined) FAIL("it failed, and nobody said so");
        CHECK(joined.error().kind == ErrorKind::full);
        if (files.exists("/out/film")) files.erase("/out/film");
        CHECK(files.tree("/out").empty());
    }
    CHECK((files.get("/out/film") == input.bytes));
    CHECK(n > 5);
}

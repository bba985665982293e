// Real files, and the stores on them: what the kernel says, links, permissions, limits.
#include "messages/wire/limits.hpp"
#include "peer/store/output_store.hpp"
#include "tests/peer/store/store_stage.hpp"
#include "tests/player/cut/temp_folder.hpp"

#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

using Mode = Files::Mode;
using Replace = Files::Replace;

void write_file(const fs::path& path, const Bytes& bytes) {
    must(write_synced(real_files(), path, bytes));
}

Bytes read_file(const fs::path& path) {
    return must(read_small_file(real_files(), path, 1 << 20));
}

std::vector<std::string> entries_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const Entry& entry : must(real_files().list(folder)))
        names.push_back(entry.name);
    return names;
}

::mode_t permissions(const fs::path& path) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

// Lowers a limit of this process for one scope.
class LowerLimit {
public:
    LowerLimit(__rlimit_resource what, ::rlim_t value) : what_(what) {
        REQUIRE(::getrlimit(what, &before_) == 0);
        const ::rlimit lower{value, before_.rlim_max};
        REQUIRE(::setrlimit(what, &lower) == 0);
    }
    ~LowerLimit() { ::setrlimit(what_, &before_); }

private:
    __rlimit_resource what_;
    ::rlimit before_{};
};

}  // namespace

TEST_CASE("real files: written, read, resized, sparse") {
    const TempFolder temp;
    Files& files = real_files();
    CHECK(fault_of(files.open(temp / "a", Mode::read)) == ErrorKind::not_found);
    CHECK(fault_of(files.open(temp / "a", Mode::update)) == ErrorKind::not_found);
    CHECK(text_of(files.open(temp / "a", Mode::read)) ==
          "cannot open " + (temp / "a").string() + ": No such file or directory");
    const auto file = must(files.open(temp / "a", Mode::write));
    constexpr std::uint64_t kFar = 8 << 20;
    must(file->resize(2 * kFar));
    const Bytes data = {1, 2, 3};
    must(file->write_at(kFar, data));
    file->start_writeback(0, kFar);
    must(file->sync());
    CHECK(must(file->stat()).size == 2 * kFar);
    // A file system that knows no holes says that all may be data.
    const auto first = file->next_data(0);
    CHECK((first == kFar || first == 0));
    CHECK(file->next_data(kFar) == kFar);
    CHECK(file->next_data(2 * kFar) >= 2 * kFar);
    Bytes out(5, 9);
    CHECK(must(file->read_at(kFar, out)) == 5);
    CHECK(out == Bytes{1, 2, 3, 0, 0});
    CHECK(must(file->read_at(2 * kFar - 2, out)) == 2);
    CHECK(must(file->read_at(2 * kFar, out)) == 0);
    CHECK(must(files.open(temp / "a", Mode::update))->resize(1).ok());
    const auto entry = must(files.stat(temp / "a"));
    CHECK(entry.name == "a");
    CHECK(entry.kind == EntryKind::file);
    CHECK(entry.size == 1);
    CHECK(entry.modified_ns > 1'000'000'000'000'000'000);
}

TEST_CASE("real files: links are never followed, and nothing but a regular file is opened") {
    const TempFolder temp;
    Files& files = real_files();
    write_file(temp / "file", {1});
    must(files.make_folder(temp / "folder", Files::Access::normal));
    fs::create_symlink(temp / "file", temp / "link");
    fs::create_symlink(temp / "folder", temp / "link_to_folder");
    fs::create_symlink(temp / "nothing", temp / "dangling");
    REQUIRE(::mkfifo((temp / "fifo").c_str(), 0600) == 0);
    for (const char* name : {"link", "dangling", "fifo", "folder"})
        for (const Mode mode : {Mode::read, Mode::update, Mode::write, Mode::secret})
            CHECK_MESSAGE(fault_of(files.open(temp / name, mode)) == ErrorKind::io, name);
    CHECK_FALSE(fs::exists(temp / "nothing"));
    CHECK_FALSE(files.list(temp / "link_to_folder").ok());
    CHECK(fault_of(files.lock(temp / "dangling", "x")) == ErrorKind::io);
    for (const Entry& entry : must(files.list(temp.path()))) {
        CHECK((entry.kind == EntryKind::file) == (entry.name == "file"));
        CHECK((entry.kind == EntryKind::folder) == (entry.name == "folder"));
        CHECK(must(files.stat(temp / entry.name)).kind == entry.kind);
    }
    CHECK(entries_in(temp.path()) ==
          std::vector<std::string>{"dangling", "fifo", "file", "folder", "link", "link_to_folder"});
    // A link is removed and renamed itself.
    must(files.remove(temp / "link"));
    must(files.rename(temp / "link_to_folder", temp / "moved", Replace::no));
    CHECK(read_file(temp / "file") == Bytes{1});
    CHECK(fs::is_symlink(temp / "moved"));
    CHECK(fs::is_directory(temp / "folder"));
}

TEST_CASE("real files: folders, and what is in their way") {
    const TempFolder temp;
    Files& files = real_files();
    must(files.make_folder(temp / "a/b/c", Files::Access::secret));
    must(files.make_folder(temp / "a/b/c", Files::Access::secret));
    CHECK(permissions(temp / "a/b/c") == 0700);
    CHECK(permissions(temp / "a") != 0700);
    write_file(temp / "file", {1});
    CHECK(fault_of(files.make_folder(temp / "file", Files::Access::normal)) == ErrorKind::io);
    CHECK_FALSE(files.make_folder(temp / "file/inside", Files::Access::normal).ok());
    CHECK(fault_of(files.remove(temp / "a")) == ErrorKind::exists);
    must(files.remove(temp / "a/b/c"));
    must(files.remove(temp / "absent"));
    CHECK(fault_of(files.list(temp / "absent")) == ErrorKind::not_found);
    CHECK(fault_of(files.sync_folder(temp / "absent")) == ErrorKind::not_found);
    must(files.sync_folder(temp.path()));
    CHECK(must(files.free_bytes(temp.path())) > 0);
    CHECK(fault_of(files.free_bytes(temp / "absent")) == ErrorKind::not_found);
}

TEST_CASE("real files: a rename replaces only when told") {
    const TempFolder temp;
    Files& files = real_files();
    write_file(temp / "a", {1});
    write_file(temp / "b", {2});
    CHECK(fault_of(files.rename(temp / "a", temp / "b", Replace::no)) == ErrorKind::exists);
    CHECK(read_file(temp / "b") == Bytes{2});
    must(files.rename(temp / "a", temp / "b", Replace::yes));
    CHECK(read_file(temp / "b") == Bytes{1});
    must(files.rename(temp / "b", temp / "c", Replace::no));
    CHECK(entries_in(temp.path()) == std::vector<std::string>{"c"});
    CHECK(fault_of(files.rename(temp / "b", temp / "d", Replace::no)) == ErrorKind::not_found);
    must(files.make_folder(temp / "folder/inside", Files::Access::normal));
    must(files.make_folder(temp / "other", Files::Access::normal));
    CHECK(fault_of(files.rename(temp / "other", temp / "folder", Replace::no)) ==
          ErrorKind::exists);
    // A folder replaces an empty folder, and nothing else.
    CHECK(fault_of(files.rename(temp / "other", temp / "folder", Replace::yes)) ==
          ErrorKind::exists);
    CHECK_FALSE(files.rename(temp / "other", temp / "c", Replace::yes));
    CHECK(fault_of(files.rename(temp / "folder", temp / "other", Replace::no)) ==
          ErrorKind::exists);
    must(files.rename(temp / "folder", temp / "other", Replace::yes));
    CHECK(entries_in(temp.path()) == std::vector<std::string>{"c", "other"});
    CHECK(entries_in(temp / "other") == std::vector<std::string>{"inside"});
}

TEST_CASE("real files: a lock names its holder and goes with it") {
    const TempFolder temp;
    Files& files = real_files();
    auto lock = must(files.lock(temp / "lock", "peer1"));
    const auto second = files.lock(temp / "lock", "peer2");
    CHECK(fault_of(second) == ErrorKind::busy);
    CHECK(text_of(second) == "process " + std::to_string(::getpid()) + " (peer1)");
    write_file(temp / "lock", {'1', ' ', 27, '[', 'x', '\n', 'y'});
    CHECK(text_of(files.lock(temp / "lock", "peer2")) == "process 1 (?[x)");
    write_file(temp / "lock", {});
    CHECK(text_of(files.lock(temp / "lock", "peer2")) == "another process");
    lock.reset();
    lock = must(files.lock(temp / "lock", "longer name than before"));
    lock.reset();
    lock = must(files.lock(temp / "lock", "p"));
    CHECK(read_file(temp / "lock").back() == '\n');
    CHECK(read_file(temp / "lock").size() == std::to_string(::getpid()).size() + 3);
}

TEST_CASE("real files: no room is full, no descriptor is busy") {
    const TempFolder temp;
    Files& files = real_files();
    const auto file = must(files.open(temp / "a", Mode::write));
    {
        // The one way to make a disk full without being root.
        const auto old = std::signal(SIGXFSZ, SIG_IGN);
        const LowerLimit lower(RLIMIT_FSIZE, 4096);
        must(file->write_at(0, Bytes(4096)));
        CHECK(fault_of(file->write_at(4000, Bytes(4096))) == ErrorKind::full);
        CHECK(fault_of(file->resize(5000)) == ErrorKind::full);
        std::signal(SIGXFSZ, old);
    }
    {
        const LowerLimit lower(RLIMIT_NOFILE, 0);
        CHECK(fault_of(files.open(temp / "a", Mode::read)) == ErrorKind::busy);
        CHECK(fault_of(files.list(temp.path())) == ErrorKind::busy);
        CHECK(fault_of(files.lock(temp / "lock", "x")) == ErrorKind::busy);
    }
    CHECK(files.open(temp / "a", Mode::read).ok());
}

TEST_CASE("real files: a durable write leaves one file, with its own permissions") {
    const TempFolder temp;
    Files& files = real_files();
    write_file(temp / "key.tmp", Bytes(100, 9));
    fs::permissions(temp / "key.tmp", fs::perms::all);
    must(write_durably(files, temp / "key", Bytes{1, 2}, Files::Access::secret));
    CHECK(permissions(temp / "key") == 0600);
    CHECK(read_file(temp / "key") == Bytes{1, 2});
    fs::remove(temp / "key");
    // A link that lies in wait is replaced, not written through.
    write_file(temp / "victim", {7});
    fs::create_symlink(temp / "victim", temp / "key.tmp");
    must(write_durably(files, temp / "key", Bytes{3}, Files::Access::secret));
    CHECK(read_file(temp / "victim") == Bytes{7});
    CHECK(entries_in(temp.path()) == std::vector<std::string>{"key", "victim"});
    CHECK(fault_of(read_small_file(files, temp / "key", 0)) == ErrorKind::invalid);
}

TEST_CASE("real files: removing a folder walks real folders only, and not too deep") {
    const TempFolder temp;
    Files& files = real_files();
    write_file(temp / "victim", {7});
    fs::create_directories(temp / "keep");
    write_file(temp / "keep/file", {8});
    fs::create_directories(temp / "gone/a/b");
    write_file(temp / "gone/a/b/file", {1});
    fs::create_symlink(temp / "victim", temp / "gone/link");
    fs::create_symlink(temp / "keep", temp / "gone/a/link");
    must(remove_all(files, temp / "gone"));
    must(remove_all(files, temp / "gone"));
    CHECK(entries_in(temp.path()) == std::vector<std::string>{"keep", "victim"});
    CHECK(read_file(temp / "keep/file") == Bytes{8});
    fs::path deep = temp / "deep";
    for (int i = 0; i < limits::kMaxFolderDepth; ++i)
        deep /= "d";
    fs::create_directories(deep);
    write_file(deep / "file", {1});
    CHECK(fault_of(remove_all(files, temp / "deep")) == ErrorKind::refused);
    CHECK(read_file(deep / "file") == Bytes{1});
    must(remove_all(files, temp / "deep/d"));
}

TEST_CASE("real files: a store fetches, is copied with `cp`, and is found again") {
    const TempFolder temp;
    const fs::path root = temp / "a/b/store";
    const auto asset = make_store_asset("film", {limits::kChunkBytes + 7, 99}, AssetKind::video);
    PeerId id;
    {
        auto store = open_store(real_files(), root);
        id = store->identity().id;
        must(fetch(*store, asset, 0));
        must(store->keep_proof(asset.ref(1), asset.proof(1)));
        CHECK(fault_of(FragmentStore::open(real_files(), root, "peer2")) == ErrorKind::busy);
    }
    CHECK(permissions(root) == 0700);
    CHECK(permissions(root / "peer.key") == 0600);
    fs::copy(root, temp / "copy", fs::copy_options::recursive);
    {
        auto store = open_store(real_files(), root);
        CHECK(store->identity().id == id);
        CHECK(counts(*store, asset.id) == "0");
        CHECK(prove_all(*store).empty());
        std::uint32_t given = 0;
        must(fetch(*store, asset, 1, &given));
        CHECK(given == 1);
        CHECK(reads_right(*store, asset, 1));
    }
    // The copy's files have other times: nothing vouches for them, so they are proven.
    auto copy = open_store(real_files(), temp / "copy");
    CHECK(copy->identity().id == id);
    CHECK(counts(*copy, asset.id) == "-");
    CHECK(prove_all(*copy) == std::vector{asset.ref(0)});
    must(copy->draw_new_identity());
    CHECK_FALSE(copy->identity().id == id);
    CHECK(reads_right(*copy, asset, 0));
}

TEST_CASE("real files: a store that cannot be there says so") {
    const TempFolder temp;
    write_file(temp / "file", {1});
    for (const fs::path& root : {temp / "file", temp / "file/store"}) {
        const auto opened = FragmentStore::open(real_files(), root, "peer1");
        CHECK(fault_of(opened) == ErrorKind::io);
        CHECK(text_of(opened).find("store " + root.string() + " is not writable (") == 0);
    }
}

TEST_CASE("real files: the file of a get, with the longest of names") {
    const TempFolder temp;
    const auto asset = make_store_asset("film", {limits::kChunkBytes + 7, 99}, AssetKind::video);
    for (const std::string& name : {std::string("film.mp4"), std::string(255, 'n')}) {
        {
            auto output = must(OutputStore::open(real_files(), temp / name, asset.id, false));
            must(fetch(*output, asset, 1));
            CHECK(fault_of(OutputStore::open(real_files(), temp / name, asset.id, false)) ==
                  ErrorKind::busy);
        }
        CHECK_FALSE(fs::exists(temp / name));
        std::uint32_t given = 0;
        auto output = must(OutputStore::open(real_files(), temp / name, asset.id, false));
        must(fetch(*output, asset, 0, &given));
        must(fetch(*output, asset, 1, &given));
        CHECK(given == 2);
        CHECK(read_file(temp / name) == asset.whole());
        CHECK(fault_of(OutputStore::open(real_files(), temp / name, asset.id, false)) ==
              ErrorKind::exists);
    }
    CHECK(entries_in(temp.path()) == std::vector<std::string>{"film.mp4", std::string(255, 'n')});
}

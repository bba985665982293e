// Open files: opened once, at most so many, and none that was renamed or removed.
#include "peer/store/file_cache.hpp"

#include "messages/wire/limits.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

struct CacheStage {
    MemoryFiles files;
    FileCache cache{files};
    std::size_t opened = 0;

    explicit CacheStage(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            files.put(path(i), {static_cast<std::uint8_t>(i)});
        files.set_fault([this](Op op, const fs::path&) {
            if (op == Op::open) ++opened;
            return std::optional<ErrorKind>();
        });
    }
    static fs::path path(std::size_t i) { return "/f/" + std::to_string(i); }
    std::uint8_t first_byte(const fs::path& path) {
        Bytes byte(1);
        must(must(cache.open(path, Files::Mode::read))->read_at(0, byte));
        return byte[0];
    }
};

}  // namespace

TEST_CASE("file cache: the most recently used stay open") {
    CacheStage stage(limits::kOpenFragments + 1);
    for (std::size_t i = 0; i < limits::kOpenFragments; ++i)
        CHECK(stage.first_byte(CacheStage::path(i)) == static_cast<std::uint8_t>(i));
    CHECK(stage.opened == limits::kOpenFragments);
    CHECK(stage.first_byte(CacheStage::path(0)) == 0);
    CHECK(stage.opened == limits::kOpenFragments);
    stage.first_byte(CacheStage::path(limits::kOpenFragments));
    CHECK(stage.cache.size() == limits::kOpenFragments);
    stage.opened = 0;
    stage.first_byte(CacheStage::path(0));
    CHECK(stage.opened == 0);
    stage.first_byte(CacheStage::path(1));
    CHECK(stage.opened == 1);
}

TEST_CASE("file cache: what was forgotten is opened anew") {
    CacheStage stage(3);
    for (std::size_t i = 0; i < 3; ++i)
        stage.first_byte(CacheStage::path(i));
    stage.files.put(CacheStage::path(1), {77});
    CHECK(stage.first_byte(CacheStage::path(1)) == 1);
    stage.cache.forget(CacheStage::path(1));
    CHECK(stage.first_byte(CacheStage::path(1)) == 77);
    stage.cache.forget_below("/f/1");
    CHECK(stage.cache.size() == 3);
    stage.cache.forget_below("/f");
    CHECK(stage.cache.size() == 0);
}

TEST_CASE("file cache: what cannot be opened is told, and not kept") {
    CacheStage stage(0);
    CHECK(fault_of(stage.cache.open("/f/absent", Files::Mode::read)) == ErrorKind::not_found);
    CHECK(stage.cache.size() == 0);
}

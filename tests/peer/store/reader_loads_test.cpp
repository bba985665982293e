#include "peer/store/reader_loads.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// Readers 'a', 'b' …; a load is told by its reader's letter.
struct Readers {
    ReaderLoads loads;

    static ReaderId id(char reader) { return ReaderId{static_cast<std::uint64_t>(reader)}; }
    void open(char reader, std::uint32_t credit) {
        loads.take(reader_command::Open{id(reader), credit});
    }
    void taken(char reader, std::uint32_t chunks) {
        loads.take(reader_command::Taken{id(reader), chunks});
    }
    void close(char reader) { loads.take(reader_command::Close{id(reader)}); }
    bool add(char reader) { return loads.add({{}, {id(reader), 0}}); }
    void add(const std::string& readers) {
        for (const char reader : readers)
            CHECK(add(reader));
    }
    std::string loaded() {
        std::string out;
        while (const auto load = loads.next())
            out += static_cast<char>(load->who.reader.value);
        return out;
    }
};

}  // namespace

TEST_CASE("reader loads: in their order, as far as each reader's credit goes") {
    Readers readers;
    readers.open('a', 2);
    readers.open('b', 1);
    readers.add("aabab");
    CHECK(readers.loaded() == "aab");
    CHECK(readers.loads.out() == 3);
    CHECK(readers.loads.waiting() == 2);
    readers.taken('b', 1);
    CHECK(readers.loaded() == "b");
    // More than it has is nobody's credit.
    readers.taken('a', 9);
    CHECK(readers.loads.out() == 1);
    readers.add("aaa");
    CHECK(readers.loaded() == "aa");
}

TEST_CASE("reader loads: a closed reader's are dropped, and what it had is free") {
    Readers readers;
    readers.open('a', 1);
    readers.open('b', 1);
    readers.add("aaab");
    CHECK(readers.loaded() == "ab");
    readers.close('a');
    CHECK(readers.loads.waiting() == 0);
    CHECK(readers.loads.out() == 1);
    CHECK_FALSE(readers.add('a'));
    CHECK_FALSE(readers.loads.is_open(Readers::id('a')));
    readers.taken('a', 1);
    readers.close('a');
    CHECK(readers.loads.out() == 1);
}

TEST_CASE("reader loads: what is asked for before its reader opens waits for that") {
    Readers readers;
    readers.open('b', 1);
    readers.add("cb");
    CHECK(readers.loaded() == "b");
    readers.open('c', 1);
    CHECK(readers.loaded() == "c");
    CHECK_FALSE(readers.add('a'));  // older than one that opened: it is closed
    readers.add("d");
    readers.open('d', 0);
    readers.close('d');
    CHECK(readers.loads.waiting() == 0);
    CHECK_FALSE(readers.add('d'));
}

TEST_CASE("reader loads: what could not be loaded takes no credit") {
    Readers readers;
    readers.open('a', 1);
    readers.add("aa");
    CHECK(readers.loaded() == "a");
    readers.loads.failed(Readers::id('a'));
    CHECK(readers.loaded() == "a");
}

TEST_CASE("reader loads: slow readers never have more than half of the buffers, however many") {
    Readers readers;
    std::size_t loaded = 0;
    for (char reader = 'a'; reader <= 'z'; ++reader) {
        readers.open(reader, 20);
        readers.add(std::string(20, reader));
        loaded += readers.loaded().size();
    }
    CHECK(loaded == limits::kUntakenChunks);
    CHECK(loaded <= limits::kReadBuffers / 2);
    readers.taken('a', 3);
    CHECK(readers.loaded().size() == 3);
    readers.close('a');
    CHECK(readers.loaded().size() == 17);  // as many as it had still
}

TEST_CASE("reader loads: no more wait than the store's backlog") {
    Readers readers;
    readers.open('a', 0);
    for (std::size_t i = 0; i < limits::kStoreBacklog; ++i)
        REQUIRE(readers.add('a'));
    CHECK_FALSE(readers.add('a'));
}

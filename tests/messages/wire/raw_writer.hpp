// PROTOCOL.md, section 4, written a second time and by hand, so that the codec has something to be
// compared with; and able to break any one field of a message on purpose.
#pragma once

#include "messages/wire/message.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace fragcast::testing {

enum class Break {
    nothing,
    limit,  // one more than allowed
    type,   // nil instead of the value
    value,  // the right type and a value that makes no sense
};

class RawWriter {
public:
    // Breaks the `index`th leaf or list, where there is a way to.
    explicit RawWriter(Break how = Break::nothing, int index = -1) : how_(how), index_(index) {}

    Bytes out;
    bool broken = false;     // the break was possible and was made
    std::string last_field;  // the name of the broken field
    int leaves() const { return leaf_; }

    template <class T>
    requires requires(const T& record, RawWriter& visit) { T::fields(record, visit); }
    void record(const T& value) {
        const std::size_t header = out.size();
        out.push_back(0);
        std::uint8_t count = 0;
        std::swap(count, count_);
        T::fields(value, *this);
        std::swap(count, count_);
        out[header] = static_cast<std::uint8_t>(0x90 | count);  // no record has 16 fields
    }

    template <class T>
    void operator()(const char* name, const T& value, std::uint64_t limit = kNone) {
        ++count_;
        name_ = name;
        put(value, limit);
    }

private:
    static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

    // Whether this leaf is the one to break in this way; nil is written here.
    bool breaks(Break how, bool possible = true) {
        if (how != how_ || leaf_ != index_ || !possible) return false;
        broken = true;
        last_field = name_;
        return true;
    }
    // Every leaf begins with this: true when it is done already.
    bool leaf() {
        ++leaf_;
        if (!breaks(Break::type)) return false;
        out.push_back(0xC0);
        return true;
    }

    void big_endian(std::uint64_t value, int bytes) {
        for (int i = bytes - 1; i >= 0; --i)
            out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    }
    void number(std::uint64_t value) {
        if (value < 128) return big_endian(value, 1);
        const int width = value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : value <= 0xFFFFFFFF ? 2 : 3;
        out.push_back(static_cast<std::uint8_t>(0xCC + width));
        big_endian(value, 1 << width);
    }
    void array(std::size_t size) {
        if (size < 16) return out.push_back(static_cast<std::uint8_t>(0x90 | size));
        out.push_back(size <= 0xFFFF ? 0xDC : 0xDD);
        big_endian(size, size <= 0xFFFF ? 2 : 4);
    }
    void string(const std::string& text) {
        if (text.size() < 32) {
            out.push_back(static_cast<std::uint8_t>(0xA0 | text.size()));
        } else {
            out.push_back(text.size() <= 0xFF ? 0xD9 : 0xDA);
            big_endian(text.size(), text.size() <= 0xFF ? 1 : 2);
        }
        out.insert(out.end(), text.begin(), text.end());
    }
    void binary(const std::uint8_t* data, std::size_t size) {
        out.push_back(size <= 0xFF ? 0xC4 : 0xC5);
        big_endian(size, size <= 0xFF ? 1 : 2);
        out.insert(out.end(), data, data + size);
    }

    template <class T>
    requires requires(const T& record, RawWriter& visit) { T::fields(record, visit); }
    void put(const T& value, std::uint64_t) {
        if (!leaf()) record(value);
    }
    void put(bool value, std::uint64_t) {
        if (!leaf()) out.push_back(value ? 0xC3 : 0xC2);
    }
    template <std::unsigned_integral T>
    void put(T value, std::uint64_t limit) {
        if (leaf()) return;
        const bool narrow = limit == kNone && sizeof(T) < 8;
        if (breaks(Break::limit, limit != kNone || narrow))
            return number((narrow ? std::uint64_t{std::numeric_limits<T>::max()} : limit) + 1);
        number(value);
    }
    void put(std::int64_t value, std::uint64_t) {
        if (leaf()) return;
        if (breaks(Break::limit)) return number(1ULL << 63);
        number(static_cast<std::uint64_t>(value));
    }
    template <class T>
    requires std::is_enum_v<T>
    void put(T value, std::uint64_t) {
        if (leaf()) return;
        number(breaks(Break::value) ? 99 : static_cast<std::uint64_t>(value));
    }
    template <class Tag, class Rep>
    void put(Number<Tag, Rep> value, std::uint64_t limit) {
        put(value.value, limit == kNone ? kNone : limit - 1);
    }
    template <class Tag, std::size_t N>
    void put(const Id<Tag, N>& id, std::uint64_t) {
        if (!leaf()) binary(id.bytes.data(), breaks(Break::value) ? N - 1 : N);
    }
    void put(const std::string& text, std::uint64_t limit) {
        if (leaf()) return;
        if (breaks(Break::limit)) return string(std::string(limit + 1, 'x'));
        string(breaks(Break::value) ? "\xC0\x80" : text);
    }
    void put(const Bytes& bytes, std::uint64_t limit) {
        if (leaf()) return;
        if (breaks(Break::limit)) return binary(Bytes(limit + 1).data(), limit + 1);
        binary(bytes.data(), bytes.size());
    }
    void numbers(const std::vector<std::uint64_t>& values) {
        array(values.size());
        for (const std::uint64_t value : values)
            number(value);
    }
    void put(const Span& span, std::uint64_t limit) {
        if (leaf()) return;
        if (breaks(Break::limit)) return numbers({0, limit + 1});
        if (breaks(Break::value)) return numbers({2, 1});
        numbers({span.begin, span.end});
    }
    void put(const RangeSet& set, std::uint64_t limit) {
        if (leaf()) return;
        if (breaks(Break::limit)) return numbers({0, limit + 1});
        if (breaks(Break::value)) return numbers({0, 1, 1, 2});
        array(2 * set.spans().size());
        for (const Span& span : set.spans()) {
            number(span.begin);
            number(span.end);
        }
    }
    template <class T>
    void put(const std::vector<T>& list, std::uint64_t limit) {
        if (leaf()) return;
        const bool long_one = breaks(Break::limit);
        const std::size_t size = long_one ? limit + 1 : list.size();
        array(size);
        const char* name = name_;
        for (std::size_t i = 0; i < size; ++i) {
            const int before = leaf_;
            name_ = name;
            if (i < list.size())
                put(list[i], kNone);
            else
                put(T{}, kNone);
            if (long_one) leaf_ = before;  // the filling is not to be broken again
        }
    }

    Break how_;
    int index_;
    int leaf_ = -1;
    std::uint8_t count_ = 0;
    const char* name_ = "";
};

}  // namespace fragcast::testing

// Any thread. Inside `messages`: the door of msgpack. Included by codec.cpp, manifest_codec.cpp and
// asset_folder.cpp, and by nobody else.
//
// One visitor for each direction over the `fields` that every record lists (records.hpp): a record
// is the array of its fields in order, ids and bytes are bin, texts are str, enumerators and
// indices are unsigned integers, a Span is [begin, end], a RangeSet is [begin, end, begin, end, …],
// an absent optional is nil. Integers take the shortest form.
#pragma once

#include "messages/wire/message.hpp"
#include "messages/wire/utf8.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <msgpack.hpp>

namespace fragcast::pack {

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

inline bool is_valid(AssetKind kind) {
    return kind == AssetKind::video || kind == AssetKind::file;
}
inline bool is_valid(Found found) {
    return found >= Found::ok && found <= Found::settling;
}
inline bool is_valid(OfferReason reason) {
    return reason >= OfferReason::publish && reason <= OfferReason::repair;
}

template <class T>
concept Enumeration = std::is_enum_v<T>;

struct FieldCounter {
    std::uint32_t count = 0;
    template <class T>
    void operator()(const char*, const T&, std::uint64_t = 0) {
        ++count;
    }
};

template <class T>
concept Record = requires(const T& record, FieldCounter& counter) {
    T::fields(record, counter);
};

template <Record T>
std::uint32_t field_count(const T& record) {
    FieldCounter counter;
    T::fields(record, counter);
    return counter.count;
}

// Appends to a vector; what msgpack::packer writes to.
struct BytesSink {
    Bytes& out;
    void write(const char* data, std::size_t size) { out.insert(out.end(), data, data + size); }
};
// Counts only.
struct SizeSink {
    std::size_t size = 0;
    void write(const char*, std::size_t more) { size += more; }
};

template <class Sink>
class Writer {
public:
    explicit Writer(Sink& sink) : packer_(sink) {}

    // Whether everything so far was within its limit.
    bool ok() const { return ok_; }
    void array(std::size_t size) { packer_.pack_array(static_cast<std::uint32_t>(size)); }

    template <class T>
    void operator()(const char*, const T& value, std::uint64_t limit = kNoLimit) {
        put(value, limit);
    }

    template <Record T>
    void put(const T& record, std::uint64_t = kNoLimit) {
        array(field_count(record));
        T::fields(record, *this);
    }
    template <std::integral T>
    void put(T number, std::uint64_t limit) {
        if constexpr (std::unsigned_integral<T>) require(number <= limit);
        packer_.pack(number);
    }
    template <Enumeration T>
    void put(T value, std::uint64_t) {
        require(is_valid(value));
        packer_.pack(static_cast<std::uint8_t>(value));
    }
    template <class Tag, class Rep>
    void put(Number<Tag, Rep> number, std::uint64_t limit) {
        require(limit == kNoLimit || number.value < limit);
        packer_.pack(number.value);
    }
    template <class Tag, std::size_t N>
    void put(const Id<Tag, N>& id, std::uint64_t) {
        binary(id.bytes.data(), N);
    }
    void put(const std::string& text, std::uint64_t limit) {
        require(text.size() <= limit && valid_utf8(text));
        packer_.pack_str(static_cast<std::uint32_t>(text.size()));
        packer_.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
    }
    void put(const Bytes& bytes, std::uint64_t limit) {
        require(bytes.size() <= limit);
        binary(bytes.data(), bytes.size());
    }
    void put(const Span& span, std::uint64_t limit) {
        require(span.begin <= span.end && span.end <= limit);
        array(2);
        packer_.pack(span.begin);
        packer_.pack(span.end);
    }
    void put(const RangeSet& set, std::uint64_t limit) {
        require(set.end() <= limit);
        array(2 * set.spans().size());
        for (const Span& span : set.spans()) {
            packer_.pack(span.begin);
            packer_.pack(span.end);
        }
    }
    template <class T>
    void put(const std::vector<T>& list, std::uint64_t limit) {
        require(list.size() <= limit);
        array(list.size());
        for (const T& item : list)
            put(item, kNoLimit);
    }
    template <class T>
    void put(const std::optional<T>& value, std::uint64_t limit) {
        if (value)
            put(*value, limit);
        else
            packer_.pack_nil();
    }

private:
    void require(bool within) { ok_ = ok_ && within; }
    void binary(const std::uint8_t* data, std::size_t size) {
        packer_.pack_bin(static_cast<std::uint32_t>(size));
        packer_.pack_bin_body(reinterpret_cast<const char*>(data),
                              static_cast<std::uint32_t>(size));
    }

    msgpack::packer<Sink> packer_;
    bool ok_ = true;
};

// Reads the elements of one array into fields, in order. Stops at the first fault, which fault()
// then tells: "entries[3].asset.name is longer than 255". Elements beyond the fields are skipped,
// fields beyond the elements keep what they have.
class Reader {
public:
    explicit Reader(const msgpack::object_array& array)
        : next_(array.ptr), end_(array.ptr + array.size) {}

    const std::string& fault() const { return fault_; }
    bool ok() const { return fault_.empty(); }

    template <class T>
    void operator()(const char* name, T& value, std::uint64_t limit = kNoLimit) {
        if (!ok() || next_ == end_) return;
        if (!take(*next_++, value, limit)) fault_ = joined(name, fault_);
    }

private:
    using Object = msgpack::object;

    static std::string joined(const std::string& name, const std::string& inner) {
        return name + (inner.front() == '.' || inner.front() == '[' ? "" : " ") + inner;
    }
    bool wrong(std::string text) {
        fault_ = std::move(text);
        return false;
    }
    bool too_large(const char* what, std::uint64_t limit) {
        return wrong(what + std::to_string(limit));
    }

    template <Record T>
    bool take(const Object& from, T& to, std::uint64_t) {
        if (from.type != msgpack::type::ARRAY) return wrong("is no list of fields");
        Reader inner(from.via.array);
        T::fields(to, inner);
        return inner.ok() || wrong('.' + inner.fault());
    }
    bool take(const Object& from, bool& to, std::uint64_t) {
        if (from.type != msgpack::type::BOOLEAN) return wrong("is no truth value");
        to = from.via.boolean;
        return true;
    }
    template <std::unsigned_integral T>
    bool take(const Object& from, T& to, std::uint64_t limit) {
        if (from.type != msgpack::type::POSITIVE_INTEGER) return wrong("is no whole number");
        const std::uint64_t most = std::min<std::uint64_t>(limit, std::numeric_limits<T>::max());
        if (from.via.u64 > most) return too_large("is above ", most);
        to = static_cast<T>(from.via.u64);
        return true;
    }
    bool take(const Object& from, std::int64_t& to, std::uint64_t) {
        if (from.type == msgpack::type::NEGATIVE_INTEGER) {
            to = from.via.i64;
            return true;
        }
        std::uint64_t number = 0;
        if (!take(from, number, std::numeric_limits<std::int64_t>::max())) return false;
        to = static_cast<std::int64_t>(number);
        return true;
    }
    template <Enumeration T>
    bool take(const Object& from, T& to, std::uint64_t) {
        std::uint8_t number = 0;
        if (!take(from, number, kNoLimit)) return false;
        if (!is_valid(static_cast<T>(number))) return wrong("has no such value");
        to = static_cast<T>(number);
        return true;
    }
    template <class Tag, class Rep>
    bool take(const Object& from, Number<Tag, Rep>& to, std::uint64_t limit) {
        return take(from, to.value, limit == kNoLimit ? kNoLimit : limit - 1);
    }
    template <class Tag, std::size_t N>
    bool take(const Object& from, Id<Tag, N>& to, std::uint64_t) {
        if (from.type != msgpack::type::BIN || from.via.bin.size != N)
            return wrong("is no id of " + std::to_string(N) + " bytes");
        std::copy_n(from.via.bin.ptr, N, reinterpret_cast<char*>(to.bytes.data()));
        return true;
    }
    bool take(const Object& from, std::string& to, std::uint64_t limit) {
        if (from.type != msgpack::type::STR) return wrong("is no text");
        if (from.via.str.size > limit) return too_large("is longer than ", limit);
        const std::string_view text(from.via.str.ptr, from.via.str.size);
        if (!valid_utf8(text)) return wrong("is not UTF-8");
        to = text;
        return true;
    }
    bool take(const Object& from, Bytes& to, std::uint64_t limit) {
        if (from.type != msgpack::type::BIN) return wrong("is no byte string");
        if (from.via.bin.size > limit) return too_large("is longer than ", limit);
        to.assign(from.via.bin.ptr, from.via.bin.ptr + from.via.bin.size);
        return true;
    }
    bool take(const Object& from, Span& to, std::uint64_t limit) {
        if (from.type != msgpack::type::ARRAY || from.via.array.size != 2)
            return wrong("is no pair of numbers");
        const Object* pair = from.via.array.ptr;
        if (!take(pair[0], to.begin, limit) || !take(pair[1], to.end, limit)) return false;
        return to.begin <= to.end || wrong("ends before it begins");
    }
    bool take(const Object& from, RangeSet& to, std::uint64_t limit) {
        if (from.type != msgpack::type::ARRAY || from.via.array.size % 2 != 0)
            return wrong("is no list of pairs of numbers");
        to = {};
        for (std::uint32_t i = 0; i < from.via.array.size; i += 2) {
            Span span;
            if (!take(from.via.array.ptr[i], span.begin, limit)) return false;
            if (!take(from.via.array.ptr[i + 1], span.end, limit)) return false;
            if (span.empty()) return wrong("has an empty span");
            if (!to.empty() && span.begin <= to.end()) return wrong("has spans out of order");
            to.add(span);
        }
        return true;
    }
    template <class T>
    bool take(const Object& from, std::vector<T>& to, std::uint64_t limit) {
        if (from.type != msgpack::type::ARRAY) return wrong("is no list");
        if (from.via.array.size > limit) return too_large("is longer than ", limit);
        to.assign(from.via.array.size, T{});
        for (std::uint32_t i = 0; i < from.via.array.size; ++i)
            if (!take(from.via.array.ptr[i], to[i], kNoLimit))
                return wrong(joined('[' + std::to_string(i) + ']', fault_));
        return true;
    }
    template <class T>
    bool take(const Object& from, std::optional<T>& to, std::uint64_t limit) {
        to.reset();
        return from.type == msgpack::type::NIL || take(from, to.emplace(), limit);
    }

    const Object* next_;
    const Object* end_;
    std::string fault_;
};

// One msgpack array that fills all of `bytes`, which must outlive this: texts and byte strings
// are not copied. What is not one, or beyond the limits, has a fault instead.
class Unpacked {
public:
    Unpacked(std::span<const std::uint8_t> bytes, const msgpack::unpack_limit& limit) {
        const auto in_place = [](msgpack::type::object_type, std::size_t, void*) { return true; };
        const auto* data = reinterpret_cast<const char*>(bytes.data());
        std::size_t used = 0;
        try {
            root_ = msgpack::unpack(zone_, data, bytes.size(), used, in_place, nullptr, limit);
        } catch (const msgpack::insufficient_bytes&) {
            fault_ = "is cut short";
            return;
        } catch (const msgpack::size_overflow&) {
            fault_ = "has a list, text or nesting beyond its limit";
            return;
        } catch (const std::exception&) {
            fault_ = "is no msgpack";
            return;
        }
        if (root_.type != msgpack::type::ARRAY) fault_ = "is no list";
        if (used != bytes.size()) fault_ = "goes on after its end";
    }

    const std::string& fault() const { return fault_; }
    Reader reader() const { return Reader(root_.via.array); }

private:
    msgpack::zone zone_;
    msgpack::object root_;
    std::string fault_;
};

}  // namespace fragcast::pack

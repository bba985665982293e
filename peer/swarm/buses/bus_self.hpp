// Loop thread. Pure.
//
// Who we are, as buses and neighbours are told it: our record, and the key that its id is made of.
#pragma once

#include "messages/wire/records.hpp"

#include <utility>

namespace fragcast {

class BusSelf {
public:
    BusSelf(PeerRecord record, Bytes key) : record_(std::move(record)), key_(std::move(key)) {}

    const PeerRecord& record() const { return record_; }
    const Bytes& key() const { return key_; }

    // Another id, from now on. Who takes nothing more does not begin to under another name.
    void become(PeerRecord record, Bytes key) {
        const bool draining = record_.draining;
        record_ = std::move(record);
        record_.draining = record_.draining || draining;
        key_ = std::move(key);
    }
    // We take nothing more, and leave for good.
    void drain() { record_.draining = true; }

private:
    PeerRecord record_;
    Bytes key_;
};

}  // namespace fragcast

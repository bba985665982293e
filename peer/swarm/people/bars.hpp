// Loop thread. Pure.
//
// Whom we take nothing from, and until when. A bar holds for the endpoint that we dialled, and for
// the id that was said there on links that were dialled to us: who dials us under somebody else's
// id can get that id barred for links to us, but never the real one where we dial it.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"

#include <map>
#include <set>
#include <string>

namespace fragcast {

class Bars {
public:
    // A chunk (or proof) of this fragment was wrong. True when that makes a bar, as of guilty().
    // `endpoint` is the one dialled, or of who dialled in, his id and address (Neighbour::place);
    // empty where that is not known. `peer` is zero where the id is not to blame: anybody can use
    // it.
    bool failed(const PeerId& peer, const std::string& endpoint, const FragmentRef& fragment,
                Time now);
    // Whose disk is to blame takes the fragment back when it hears of it: then it never failed.
    void forgive(const PeerId& peer, const std::string& endpoint, const FragmentRef& fragment);
    // Bars who let two fragments fail, or one after an earlier bar, and did not take back the first
    // of them within limits::kAmends.
    bool guilty(const PeerId& peer, const std::string& endpoint, Time now);
    // For conduct: at once.
    void bar(const PeerId& peer, const std::string& endpoint, Time now);
    bool barred(const PeerId& peer, const std::string& endpoint, Time now) const;
    // For endpoints not dialled yet.
    bool barred(const std::string& endpoint, Time now) const { return now < until(endpoint); }
    Time until(const std::string& endpoint) const;
    bool barred_id(const PeerId& peer, Time now) const;
    // Whose bar by id began or ended since the last call.
    std::set<PeerId> take_turned(Time now);
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Record {
        std::map<FragmentRef, Time> failed;
        Time until{};
        Duration last{};  // 0: never barred
    };
    template <class Map, class Key>
    static Record& record(Map& map, const Key& key, Time now);
    static bool judge(Record& record, Time now);
    static void raise(Record& record, Time now);
    template <class Map>
    static const char* broken(const Map& map);

    std::map<std::string, Record> endpoints_;
    std::map<PeerId, Record> ids_;
    std::set<PeerId> told_barred_;  // as of the last take_turned()
};

}  // namespace fragcast

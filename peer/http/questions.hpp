// Loop thread. Value types, and the asker.
//
// What a user asks of the whole swarm: who has this, who has what. Asked of the buses (page by
// page, where an answer has pages); when none answers it is answered from what this peer knows
// itself, and where that is nothing, friends are asked where something is.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/engine/node.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

enum class Via { bus, friends, local };

struct LocateQuestion {
    std::string name;  // or an id, or the beginning of one
    std::int64_t fragment = -1;
    Via via = Via::bus;
};
struct DirectoryQuestion {};
using Question = std::variant<LocateQuestion, DirectoryQuestion>;

struct LocateAnswer {
    std::string source;  // who answered: "bus", "friends" or "peer" (this one)
    Located located;
};
struct DirectoryAnswer {
    std::string source;
    bool settling = false;
    std::vector<PeerRecord> peers;
    std::vector<AssetRecord> assets;
    std::vector<HoldingRecord> holdings;
};
using QuestionAnswer = std::variant<LocateAnswer, DirectoryAnswer>;

class Questions {
public:
    using Answer = std::function<void(Result<QuestionAnswer>)>;
    explicit Questions(Node& node) : node_(node) {}

    // `answer` is called once, at the deadline at the latest; perhaps from inside.
    void ask(const Question& question, Time deadline, Answer answer);
    // Whether this answer or failure of the node's was ours.
    bool on_answer(ReadId read, const Body& body);
    bool on_failure(ReadId read, const Error& error);

    // Our reads begin here; whoever else gives out numbers stays below.
    static constexpr std::uint64_t kFirst = 1ULL << 62;

private:
    struct Waiting {
        Question question;
        Time deadline;
        Answer answer;
        DirectoryAnswer so_far;
        bool friends = false;  // it is put to them
    };
    void send(Waiting waiting, Body body);
    void end(Waiting& waiting);
    void page(Waiting waiting, const Body& body);
    bool knows_nobody(const LocateQuestion& question) const;
    LocateAnswer locate_here(const LocateQuestion& question) const;
    DirectoryAnswer directory_here() const;

    Node& node_;
    std::map<ReadId, Waiting> waiting_;
    std::uint64_t next_ = kFirst;
};

}  // namespace fragcast

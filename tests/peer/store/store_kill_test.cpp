// One store that lives through many kills and power cuts, at random moments of all that a peer does
// with it, with a failing or full disk now and then: after each, nothing acknowledged is lost,
// nothing wrong is served, nothing is left behind. FRAGCAST_KILLS of them (100), from
// FRAGCAST_KILL_SEED (1) on.
#include "messages/wire/limits.hpp"
#include "peer/store/held_file.hpp"
#include "store_stage.hpp"

#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace fragcast;
using namespace fragcast::test;

namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What the store said of an asset and did not take back.
struct Word {
    bool manifest = false;
    bool gone = false;  // dropped for good
    RangeSet fragments;
    std::optional<bool> declined;
};

class Soak {
public:
    explicit Soak(std::uint64_t seed) : chance_(seed) {
        films_.push_back(make_store_asset("film", {kChunk + 9, 300, 50}, AssetKind::video));
        films_.push_back(make_store_asset("song", {2 * kChunk, 100}));
        films_.push_back(make_store_asset("talk", {70, 80, 90, 20}));
        words_.resize(films_.size());
    }

    void live_and_die() {
        std::uint64_t operations = 0;
        const std::uint64_t last = below(90);
        // At most one failure in a life that is none of its end: a rename, a sync …
        std::uint64_t failure = below(3) == 0 ? below(80) : kNone;
        const auto how = below(2) == 0 ? ErrorKind::io : ErrorKind::full;
        files_.set_capacity(below(4) == 0 ? 600'000 + below(900'000) : std::uint64_t{1} << 40);
        files_.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (op == Op::read || op == Op::stat || op == Op::list || op == Op::free_bytes)
                return operations > last ? std::optional(ErrorKind::io) : std::nullopt;
            if (++operations > last) return ErrorKind::io;
            // The folders above the store are not ours: a store does without their sync.
            if (operations == failure && op != Op::open && op != Op::lock &&
                path != kStore.parent_path())
                return how;
            return std::nullopt;
        });
        if (auto store = FragmentStore::open(files_, kStore, "peer1")) {
            while (operations <= last)
                act(**store);
        }
        files_.set_fault(nullptr);
        files_.set_capacity(std::uint64_t{1} << 40);
        // One in four is a kill only: what is not synced is there, and may go at the next power
        // cut.
        const Unsynced left[] = {Unsynced::lost, Unsynced::kept, Unsynced::mixed};
        if (const auto which = below(4); which < 3) files_.crash(left[which], chance_());
    }

    void check() {
        const auto store = open_store(files_);
        CHECK(store->identity().epoch.value > epoch_);
        epoch_ = store->identity().epoch.value;
        if (!id_.is_zero()) CHECK(store->identity().id == id_);
        id_ = store->identity().id;
        prove_all(*store);
        look_for_rot(*store);
        check_tidy();
        const auto& declined = store->declined();
        for (std::size_t i = 0; i < films_.size(); ++i) {
            const StoreAsset& film = films_[i];
            const Word& word = words_[i];
            const auto here = store->stored(film.id);
            INFO(film.manifest.name);
            if (word.manifest) CHECK(here.has_value());
            if (word.gone) CHECK_FALSE(here.has_value());
            const RangeSet held = here ? here->holding.fragments : RangeSet{};
            RangeSet lost = word.fragments;
            lost.remove(held);
            CHECK_MESSAGE(lost.empty(), "acknowledged and lost: " << lost.text());
            for (std::uint32_t f = 0; f < film.fragments.size(); ++f)
                if (held.contains(f)) CHECK(reads_right(*store, film, f));
            const bool known =
                std::find(declined.begin(), declined.end(), film.id) != declined.end();
            if (word.declined) CHECK(known == *word.declined);
        }
    }

private:
    static constexpr std::uint64_t kNone = ~std::uint64_t{0};

    std::uint64_t below(std::uint64_t end) { return chance_() % end; }

    void act(FragmentStore& store) {
        const std::size_t which = below(films_.size());
        const StoreAsset& film = films_[which];
        Word& word = words_[which];
        const auto f = static_cast<std::uint32_t>(below(film.fragments.size()));
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return fetch_one(store, film, word, f);
            case 4:
                return put(store, film, word);
            case 5:
                word.fragments.remove(RangeSet{{f, f + 1}});
                (void)store.drop_fragment(film.ref(f));
                return;
            case 6:
                return remove(store, film, word);
            case 7:
                word.declined.reset();
                if (store.decline(film.id, false)) word.declined = false;
                return;
            case 8:
                copy_in_or_out(film, word, f);
                return relist(store);
            case 9:
                return relist(store);
            case 10:
                return rot(store, film, word, f);
            default:
                if (auto chunk = store.load_chunk(film.ref(f, 0)))
                    CHECK(same(chunk, film.chunk(f, 0)));
        }
    }

    void fetch_one(FragmentStore& store, const StoreAsset& film, Word& word, std::uint32_t f) {
        word.gone = false;
        if (!store.keep_manifest(film.id, film.body)) return;
        word.manifest = true;
        if (fetch(store, film, f)) word.fragments.add(f);
    }

    void put(FragmentStore& store, const StoreAsset& film, Word& word) {
        word.gone = false;
        const fs::path cut = store.incoming() / ("cut" + std::to_string(cuts_++));
        put_cut_folder(files_, cut, film);
        if (!store.adopt(cut)) return;
        word.manifest = true;
        word.fragments = RangeSet::up_to(static_cast<std::uint32_t>(film.fragments.size()));
    }

    void remove(FragmentStore& store, const StoreAsset& film, Word& word) {
        word = {};
        if (!store.drop_asset(film.id)) return;
        word.gone = true;
        if (store.decline(film.id, true)) word.declined = true;
    }

    // By somebody's hand, while the peer runs.
    void copy_in_or_out(const StoreAsset& film, Word& word, std::uint32_t f) {
        if (!files_.exists(folder_of(film) / kManifestFile)) return;
        if (below(2) == 0) {
            files_.put(fragment_path(film, f), film.fragments[f]);
        } else if (files_.exists(fragment_path(film, f))) {
            files_.erase(fragment_path(film, f));
            word.fragments.remove(RangeSet{{f, f + 1}});
        }
    }

    void relist(FragmentStore& store) {
        const auto found = store.relist();
        if (!found) return;
        Proving proving;
        while (store.prove_some(proving)) {
        }
        // What is announced again must last as what was fetched. A file that went bad while it did
        // not count is vouched for all the same, until a check comes by.
        for (const FragmentRef& fragment : found->counting)
            if (const auto i = film_of(fragment);
                files_.get(fragment_path(films_[i], fragment.index.value)) ==
                films_[i].fragments[fragment.index.value])
                words_[i].fragments.add(fragment.index.value);
        for (const FragmentRef& fragment : proving.counting)
            words_[film_of(fragment)].fragments.add(fragment.index.value);
        for (const FragmentRef& fragment : found->gone)
            if (!store.has(fragment))
                words_[film_of(fragment)].fragments.remove(
                    RangeSet{{fragment.index.value, fragment.index.value + 1}});
    }

    std::size_t film_of(const FragmentRef& fragment) const {
        std::size_t i = 0;
        while (films_[i].id != fragment.asset)
            ++i;
        return i;
    }

    // A byte flips on disk, and a check comes by, or death before it.
    void rot(FragmentStore& store, const StoreAsset& film, Word& word, std::uint32_t f) {
        if (!files_.exists(fragment_path(film, f))) return;
        word.fragments.remove(RangeSet{{f, f + 1}});
        files_.rot_byte(fragment_path(film, f), below(film.fragments[f].size()));
        look_for_rot(store);
    }

    void look_for_rot(FragmentStore& store) {
        for (const StoreAsset& film : films_)
            for (std::uint32_t f = 0; f < film.fragments.size(); ++f)
                while (store.check_some(film.ref(f), 64).state == CheckStep::State::going) {
                }
    }

    void check_tidy() {
        std::set<std::string> known = {"lock",     "peer.key", "epoch",    "ports",
                                       "declined", "assets/",  "incoming/"};
        for (const StoreAsset& film : films_) {
            const std::string folder =
                "assets/" + asset_folder_name(film.manifest.name, film.id, 8) + "/";
            for (const char* name : {kManifestFile, kInitFile, kHeldFile})
                known.insert(folder + name);
            for (std::uint32_t i = 0; i < film.fragments.size(); ++i)
                for (const auto& name : {fragment_file(film.manifest, FragmentIndex{i}),
                                         partial_file(film.manifest, FragmentIndex{i}),
                                         proof_file(film.manifest, FragmentIndex{i})})
                    known.insert(folder + name);
        }
        for (const auto& path : files_.tree(kStore))
            CHECK_MESSAGE(known.contains(path), path << " is rubbish");
    }

    MemoryFiles files_;
    std::mt19937_64 chance_;
    std::vector<StoreAsset> films_;
    std::vector<Word> words_;
    PeerId id_;
    std::uint64_t epoch_ = 0;
    std::uint64_t cuts_ = 0;
};

}  // namespace

TEST_CASE(
    "kill: at random moments, again and again, nothing acknowledged is lost, nothing wrong "
    "served") {
    const std::uint64_t kills = number_from("FRAGCAST_KILLS", 100);
    const std::uint64_t seed = number_from("FRAGCAST_KILL_SEED", 1);
    // A store for each ten: more first starts, and none grows old.
    for (std::uint64_t story = 0; story * 10 < kills; ++story) {
        Soak soak(seed + story);
        for (std::uint64_t kill = 0; kill < 10; ++kill) {
            CAPTURE(seed + story);
            CAPTURE(kill);
            soak.live_and_die();
            soak.check();
        }
    }
}

#include "player/cut/mime.hpp"

#include "player/cut/cutter.hpp"
#include "player/cut/disk.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace fragcast {

namespace {

constexpr std::size_t kHeadBytes = 512;

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    const char* mime;
};
using namespace std::string_view_literals;
constexpr std::array kMagics = {
    Magic{4, "ftypM4A "sv, "audio/mp4"},
    Magic{4, "ftypM4B "sv, "audio/mp4"},
    Magic{4, "ftypqt  "sv, "video/quicktime"},
    Magic{4, "ftyp"sv, "video/mp4"},
    Magic{0, "OggS"sv, "application/ogg"},
    Magic{0, "ID3"sv, "audio/mpeg"},
    Magic{0, "fLaC"sv, "audio/flac"},
    Magic{8, "WAVE"sv, "audio/wav"},
    Magic{8, "AVI "sv, "video/x-msvideo"},
    Magic{8, "WEBP"sv, "image/webp"},
    Magic{0, "FLV\1"sv, "video/x-flv"},
    Magic{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "video/x-ms-asf"},
    Magic{0, "\0\0\1\xBA"sv, "video/mpeg"},
    Magic{0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
    Magic{0, "\xFF\xD8\xFF"sv, "image/jpeg"},
    Magic{0, "GIF8"sv, "image/gif"},
    Magic{0, "%PDF-"sv, "application/pdf"},
    Magic{0, "PK\3\4"sv, "application/zip"},
    Magic{0, "\x1F\x8B"sv, "application/gzip"},
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, "application/x-7z-compressed"},
    Magic{0, "\xFD\x37zXZ\0"sv, "application/x-xz"},
};

struct Extension {
    std::string_view name;
    const char* mime;
};
// Texts have no first bytes of their own: the name decides, if it reads like text at all.
constexpr std::array kTexts = {
    Extension{".txt"sv, "text/plain"},        Extension{".md"sv, "text/markdown"},
    Extension{".html"sv, "text/html"},        Extension{".htm"sv, "text/html"},
    Extension{".css"sv, "text/css"},          Extension{".csv"sv, "text/csv"},
    Extension{".js"sv, "text/javascript"},    Extension{".json"sv, "application/json"},
    Extension{".xml"sv, "application/xml"},   Extension{".svg"sv, "image/svg+xml"},
    Extension{".vtt"sv, "text/vtt"},          Extension{".srt"sv, "application/x-subrip"},
    Extension{".toml"sv, "application/toml"},
};

using As = ShownType::As;
constexpr std::array kShown = {
    ShownType{"video/mp4", As::player},       ShownType{"video/webm", As::player},
    ShownType{"video/ogg", As::player},       ShownType{"video/mpeg", As::player},
    ShownType{"video/mp2t", As::player},      ShownType{"video/quicktime", As::player},
    ShownType{"video/x-flv", As::player},     ShownType{"video/x-matroska", As::player},
    ShownType{"video/x-ms-asf", As::player},  ShownType{"video/x-msvideo", As::player},
    ShownType{"audio/mp4", As::player},       ShownType{"audio/mpeg", As::player},
    ShownType{"audio/ogg", As::player},       ShownType{"audio/flac", As::player},
    ShownType{"audio/wav", As::player},       ShownType{"audio/aac", As::player},
    ShownType{"application/ogg", As::player}, ShownType{"image/png", As::page},
    ShownType{"image/jpeg", As::page},        ShownType{"image/gif", As::page},
    ShownType{"image/webp", As::page},        ShownType{"text/plain", As::page},
};

bool stands_at(std::string_view head, std::size_t offset, std::string_view bytes) {
    return head.size() >= offset + bytes.size() && head.substr(offset, bytes.size()) == bytes;
}

std::string extension_of(const std::filesystem::path& file) {
    std::string out = file.extension().string();
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// The document type stands near the beginning of the EBML header, in clear.
const char* matroska_mime(std::string_view head) {
    if (!stands_at(head, 0, "\x1A\x45\xDF\xA3"sv)) return nullptr;
    return head.substr(0, 64).find("webm"sv) != std::string_view::npos ? "video/webm"
                                                                       : "video/x-matroska";
}

const char* stream_mime(std::string_view head, const std::string& extension) {
    constexpr std::size_t kTsPacket = 188;
    if (stands_at(head, 0, "G"sv) && stands_at(head, kTsPacket, "G"sv) &&
        stands_at(head, 2 * kTsPacket, "G"sv))
        return "video/mp2t";
    // Frames without any header: their sync word alone is too weak a sign.
    const bool sync = head.size() >= 2 && head[0] == '\xFF' && (head[1] & 0xE0) == 0xE0;
    if (sync && extension == ".mp3") return "audio/mpeg";
    if (sync && extension == ".aac") return "audio/aac";
    return nullptr;
}

const char* ogg_mime(const std::string& extension) {
    if (extension == ".ogv") return "video/ogg";
    return extension == ".ogx" ? "application/ogg" : "audio/ogg";
}

}  // namespace

ShownType shown_type(std::string_view said) {
    for (const ShownType& shown : kShown)
        if (shown.type == said) return shown;
    return {};
}

std::string mime_of(const std::filesystem::path& file, const std::string& name) {
    const Result<InputFile> input = InputFile::open(file);
    if (!input) return kUnknownType;
    std::array<std::uint8_t, kHeadBytes> bytes{};
    const Result<std::size_t> read = input->read_at(0, bytes);
    if (!read) return kUnknownType;
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), *read);
    const std::string extension = extension_of(name.empty() ? file : std::filesystem::path(name));

    if (const char* mime = matroska_mime(head)) return mime;
    if (const char* mime = stream_mime(head, extension)) return mime;
    for (const Magic& magic : kMagics)
        if (stands_at(head, magic.offset, magic.bytes))
            return magic.bytes == "OggS"sv ? ogg_mime(extension) : magic.mime;
    if (head.find('\0') != std::string_view::npos) return kUnknownType;
    for (const Extension& text : kTexts)
        if (extension == text.name) return text.mime;
    return kUnknownType;
}

}  // namespace fragcast

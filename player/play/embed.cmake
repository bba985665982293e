# Makes page_files.cpp from the page's files: cmake -DOUT=… -DPAGE=… -DHLS=… -P embed.cmake
# (a script, so that the build needs no tool but cmake). HLS may be empty: then /hls.js is an empty
# script and the page plays natively.
set(arrays "")
set(rows "")
set(n 0)
function(embed url type path)
  if(path)
    file(READ "${path}" hex HEX)
  else()
    set(hex "")
  endif()
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${hex}")  # a text is read faster than numbers
  set(arrays "${arrays}constexpr char kFile${n}[] = \"${bytes}\";\n" PARENT_SCOPE)
  set(rows "${rows}    {\"${url}\", \"${type}\", {kFile${n}, ${size}}, false},\n" PARENT_SCOPE)
  math(EXPR next "${n} + 1")
  set(n ${next} PARENT_SCOPE)
endfunction()

embed("/" "text/html; charset=utf-8" "${PAGE}/index.html")
embed("/app.css" "text/css; charset=utf-8" "${PAGE}/app.css")
embed("/app.js" "text/javascript; charset=utf-8" "${PAGE}/app.js")
embed("/bar.js" "text/javascript; charset=utf-8" "${PAGE}/bar.js")
embed("/change.js" "text/javascript; charset=utf-8" "${PAGE}/change.js")
embed("/play.js" "text/javascript; charset=utf-8" "${PAGE}/play.js")
embed("/text.js" "text/javascript; charset=utf-8" "${PAGE}/text.js")
embed("/icon.svg" "image/svg+xml" "${PAGE}/icon.svg")
embed("/hls.js" "text/javascript; charset=utf-8" "${HLS}")

file(WRITE "${OUT}" "// Made by embed.cmake from player/play/page.
#include \"player/play/page_files.hpp\"

#pragma GCC diagnostic ignored \"-Woverlength-strings\"  // clang

namespace fragcast {
namespace {
${arrays}
const PageFile kFiles[] = {
${rows}};
}  // namespace
std::span<const PageFile> page_files() { return kFiles; }
}  // namespace fragcast
")

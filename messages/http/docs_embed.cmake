# Makes docs_files.cpp: cmake -DOUT=… -DMESSAGES=… -DSWAGGER=… -P docs_embed.cmake. SWAGGER may be
# empty. What is large is kept compressed, and served so.
set(arrays "")
set(rows "")
set(n 0)
function(embed url type path gzip)
  if(gzip)
    set(source "${path}")
    set(path "${OUT}.gz")
    file(ARCHIVE_CREATE OUTPUT "${path}" PATHS "${source}" FORMAT raw COMPRESSION GZip
         COMPRESSION_LEVEL 9 MTIME "1980-01-01")
  endif()
  file(READ "${path}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${hex}")  # a text is read faster than numbers
  set(arrays "${arrays}constexpr char kFile${n}[] = \"${bytes}\";\n" PARENT_SCOPE)
  set(rows "${rows}    {\"${url}\", \"${type}\", {kFile${n}, ${size}}, ${gzip}},\n" PARENT_SCOPE)
  math(EXPR next "${n} + 1")
  set(n ${next} PARENT_SCOPE)
endfunction()

embed("/openapi.json" "application/json; charset=utf-8" "${MESSAGES}/openapi.json" false)
embed("/docs" "text/html; charset=utf-8" "${MESSAGES}/docs/index.html" false)
embed("/docs/docs.js" "text/javascript; charset=utf-8" "${MESSAGES}/docs/docs.js" false)
if(SWAGGER)
  embed("/docs/swagger-ui.css" "text/css; charset=utf-8" "${SWAGGER}/swagger-ui.css" true)
  embed("/docs/swagger-ui-bundle.js" "text/javascript; charset=utf-8" "${SWAGGER}/swagger-ui-bundle.js" true)
endif()
file(REMOVE "${OUT}.gz")

file(WRITE "${OUT}" "// Made by docs_embed.cmake.
#include \"messages/http/http_docs.hpp\"

#pragma GCC diagnostic ignored \"-Woverlength-strings\"  // clang

namespace fragcast {
namespace {
${arrays}
const DocsFile kDocsFiles[] = {
${rows}};
}  // namespace
std::span<const DocsFile> docs_files() { return kDocsFiles; }
}  // namespace fragcast
")

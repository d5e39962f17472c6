# Writes a C++ file that holds the named files as raw string pieces. A literal may not be longer
# than 65,536 bytes in standard C++, so long files become adjacent pieces of 8,000 characters.
string(REPLACE "|" ";" files "${FILES}")
set(body "// Generated from the files of the source tree; do not edit.\n#include \"base/embedded.hpp\"\n\nnamespace cistern::embedded::${NAMESPACE} {\nnamespace {\nconstexpr File kFiles[] = {\n")
foreach(file ${files})
  file(READ "${ROOT}/${file}" hex HEX)
  string(LENGTH "${hex}" length)
  string(REGEX REPLACE "(................................................................)" "\\1\"\n\"" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" text "${hex}")
  math(EXPR bytes "${length} / 2")
  string(APPEND body "    {\"${file}\", {\"${text}\", ${bytes}}},\n")
endforeach()
string(APPEND body "};\n}  // namespace\nstd::span<const File> files() { return kFiles; }\n}  // namespace cistern::embedded::${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${body}")

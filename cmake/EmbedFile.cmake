# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch_embed_file(target symbol file): puts the bytes of `file` into `target`, as
# `extern unsigned char const <symbol>[]` and `extern std::size_t const <symbol>_size` of namespace
# flopwatch::embedded. Run as a script (-P) this file writes that source.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  if(NOT EXISTS "${INPUT}")
    message(FATAL_ERROR "${INPUT} is missing; it is embedded in the program")
  endif()
  file(READ "${INPUT}" bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  if(size EQUAL 0)
    message(FATAL_ERROR "${INPUT} is empty; it is embedded in the program")
  endif()
  string(REPEAT "[0-9a-f]" 32 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE "${OUTPUT}" "#include <cstddef>
namespace flopwatch::embedded {
extern unsigned char const ${SYMBOL}[];
extern std::size_t const ${SYMBOL}_size;
unsigned char const ${SYMBOL}[] = {
${bytes}
};
std::size_t const ${SYMBOL}_size = ${size};
}
")
  return()
endif()

set(FLOPWATCH_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(flopwatch_embed_file target symbol file)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp")
  # A file that is not there yet must not stop the configuration: the script says so when it is needed.
  set(dependency "")
  if(EXISTS "${file}")
    set(dependency "${file}")
  endif()
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DINPUT=${file}" "-DOUTPUT=${output}" "-DSYMBOL=${symbol}"
            -P "${FLOPWATCH_EMBED_SCRIPT}"
    DEPENDS ${dependency} "${FLOPWATCH_EMBED_SCRIPT}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()

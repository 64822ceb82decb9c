# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=... -DPROJECT=... -P extract.cmake
# Makes a project of what README.md shows, as its reader does: main.cpp and CMakeLists.txt are its blocks, word for
# word, beside a copy of samples/attention. The fragment of "In your own program" is the middle of fragment.cpp.
file(READ "${SOURCE}/README.md" readme)

# code_block(out language): the first block of that language.
function(code_block out language)
  string(FIND "${readme}" "\n```${language}\n" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "README.md has no block of ${language}")
  endif()
  string(LENGTH "\n```${language}\n" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${readme}" ${begin} -1 rest)
  string(FIND "${rest}" "\n```" end)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${rest}" 0 ${end} text)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

code_block(program "cpp")
code_block(project "cmake")
code_block(fragment "c++")
file(REMOVE_RECURSE "${PROJECT}")
file(COPY "${SOURCE}/samples/attention" DESTINATION "${PROJECT}")
file(WRITE "${PROJECT}/main.cpp" "${program}")
file(READ "${CMAKE_CURRENT_LIST_DIR}/fragment.cpp.in" around)
string(REPLACE "/* the fragment */" "${fragment}" around "${around}")
file(WRITE "${PROJECT}/fragment.cpp" "${around}")
file(WRITE "${PROJECT}/CMakeLists.txt" "${project}"
  "add_executable(fragment fragment.cpp)\ntarget_link_libraries(fragment PRIVATE flopwatch::torch)\n")

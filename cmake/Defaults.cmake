# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# Language standard, warnings and sanitizers for our own targets.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(FLOPWATCH_SANITIZE)
  add_compile_options(-fsanitize=${FLOPWATCH_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FLOPWATCH_SANITIZE})
  # With a sanitizer GCC sees uninitialised members in its own <regex>.
  add_compile_options(-Wno-maybe-uninitialized)
endif()

function(flopwatch_defaults target)
  get_target_property(type ${target} TYPE)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  if(type MATCHES "STATIC|MODULE" AND folder MATCHES "^(src/.*|python|)$")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${FLOPWATCH_UNITY} UNITY_BUILD_BATCH_SIZE 16)
  endif()
  set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
  if(FLOPWATCH_WERROR)
    list(APPEND warnings -Werror)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>")
endfunction()

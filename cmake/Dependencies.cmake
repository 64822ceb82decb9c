# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# The libraries that flopwatch needs, as targets with the names that their packages give them: fmt::fmt,
# SQLite::SQLite3, zstd::zstd, ZLIB::ZLIB, nlohmann_json::nlohmann_json, CLI11::CLI11 and, for tests, GTest::...
# An installed package comes first; without one the library is built from FLOPWATCH_SOURCES.
# FLOPWATCH_PYTHON: the Python that has torch and runs the tests written in Python; empty when there is no such Python.
set(FLOPWATCH_SOURCES "" CACHE PATH "Folder that scripts/gpu_gate_prepare.sh filled, for libraries with no package")
option(FLOPWATCH_PREFER_SOURCES "Take the libraries of FLOPWATCH_SOURCES even where packages are installed" OFF)
set(FLOPWATCH_PYTHON "" CACHE FILEPATH "Python with torch; empty: that of .venv, otherwise python3")

set(FLOPWATCH_APT_LINE "sudo apt-get install -y build-essential libcli11-dev libfmt-dev libsqlite3-dev \
libzstd-dev nlohmann-json3-dev python3-dev zlib1g-dev")

# Looked for each time: .venv may be made after the first configuration.
if(SKBUILD)
  set(FLOPWATCH_PYTHON "${Python_EXECUTABLE}")
elseif(NOT FLOPWATCH_PYTHON AND EXISTS "${PROJECT_SOURCE_DIR}/.venv/bin/python")
  set(FLOPWATCH_PYTHON "${PROJECT_SOURCE_DIR}/.venv/bin/python")
elseif(NOT FLOPWATCH_PYTHON)
  find_program(FLOPWATCH_PYTHON3 python3)
  mark_as_advanced(FLOPWATCH_PYTHON3)
  if(FLOPWATCH_PYTHON3)
    set(FLOPWATCH_PYTHON "${FLOPWATCH_PYTHON3}")
  endif()
endif()

# flopwatch_copy(target alias INCLUDES folder ... [SOURCES file ...] [DEFINITIONS name ...] [LIBS lib ...])
# A library from FLOPWATCH_SOURCES. As if from a package: a system library to the compiler, its own code without
# warnings and sanitizers. Built only if something is linked to it.
function(flopwatch_copy target alias)
  cmake_parse_arguments(arg "" "" "SOURCES;INCLUDES;DEFINITIONS;LIBS" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND "${FLOPWATCH_SOURCES}/")
  list(TRANSFORM arg_INCLUDES PREPEND "${FLOPWATCH_SOURCES}/")
  if(arg_SOURCES)
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
    target_include_directories(${target} SYSTEM PUBLIC "$<BUILD_INTERFACE:${arg_INCLUDES}>")
    target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
    target_link_libraries(${target} PUBLIC ${arg_LIBS})
    set_target_properties(${target} PROPERTIES COMPILE_OPTIONS "-w" POSITION_INDEPENDENT_CODE ON)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} SYSTEM INTERFACE ${arg_INCLUDES})
  endif()
  add_library(${alias} ALIAS ${target})
endfunction()

# flopwatch_copy_<folder>(): the targets that come from this folder of FLOPWATCH_SOURCES.
function(flopwatch_copy_fmt)
  flopwatch_copy(copy_fmt fmt::fmt SOURCES fmt/src/format.cc fmt/src/os.cc INCLUDES fmt/include)
endfunction()

function(flopwatch_copy_sqlite3)
  find_package(Threads REQUIRED)
  flopwatch_copy(copy_sqlite3 SQLite::SQLite3 SOURCES sqlite3/sqlite3.c INCLUDES sqlite3
                 LIBS Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

function(flopwatch_copy_nlohmann_json)
  flopwatch_copy(copy_nlohmann_json nlohmann_json::nlohmann_json INCLUDES nlohmann_json/include)
endfunction()

function(flopwatch_copy_zstd)
  file(GLOB files RELATIVE "${FLOPWATCH_SOURCES}" "${FLOPWATCH_SOURCES}/zstd/lib/*/*.c")
  # Its assembler is for decompressing on one kind of processor; there is C that does the same.
  flopwatch_copy(copy_zstd zstd::zstd SOURCES ${files} INCLUDES zstd/lib DEFINITIONS ZSTD_DISABLE_ASM)
endfunction()

function(flopwatch_copy_zlib)
  file(GLOB files RELATIVE "${FLOPWATCH_SOURCES}" "${FLOPWATCH_SOURCES}/zlib/*.c")
  flopwatch_copy(copy_zlib ZLIB::ZLIB SOURCES ${files} INCLUDES zlib DEFINITIONS HAVE_UNISTD_H)
endfunction()

function(flopwatch_copy_cli11)
  flopwatch_copy(copy_cli11 CLI11::CLI11 INCLUDES cli11/include)
endfunction()

function(flopwatch_copy_googletest)
  find_package(Threads REQUIRED)
  flopwatch_copy(copy_gtest GTest::gtest SOURCES googletest/googletest/src/gtest-all.cc
                 INCLUDES googletest/googletest/include LIBS Threads::Threads)
  flopwatch_copy(copy_gmock GTest::gmock SOURCES googletest/googlemock/src/gmock-all.cc
                 INCLUDES googletest/googlemock/include LIBS copy_gtest)
  # Their sources include each other by paths from the folder above.
  target_include_directories(copy_gtest PRIVATE "${FLOPWATCH_SOURCES}/googletest/googletest")
  target_include_directories(copy_gmock PRIVATE "${FLOPWATCH_SOURCES}/googletest/googlemock")
  flopwatch_copy(copy_gtest_main GTest::gtest_main SOURCES googletest/googletest/src/gtest_main.cc LIBS copy_gtest)
  flopwatch_copy(copy_gmock_main GTest::gmock_main SOURCES googletest/googlemock/src/gmock_main.cc LIBS copy_gmock)
endfunction()

# flopwatch_dependency(package target folder): `target` of an installed package or of FLOPWATCH_SOURCES/folder.
function(flopwatch_dependency package target folder)
  if(NOT FLOPWATCH_PREFER_SOURCES)
    find_package(${package} QUIET)
    if(TARGET ${target})
      return()
    endif()
  endif()
  if(NOT FLOPWATCH_SOURCES OR NOT EXISTS "${FLOPWATCH_SOURCES}/${folder}")
    message(FATAL_ERROR "${package} was not found. In a checkout run scripts/bootstrap.sh; for pip install, run\n"
                        "  ${FLOPWATCH_APT_LINE}\n"
                        "or give a folder that scripts/gpu_gate_prepare.sh has filled as "
                        "-DFLOPWATCH_SOURCES=<folder> (for pip install in the environment variable CMAKE_ARGS)")
  endif()
  message(STATUS "${package}: built from ${FLOPWATCH_SOURCES}/${folder}")
  cmake_language(CALL flopwatch_copy_${folder})
endfunction()

flopwatch_dependency(fmt fmt::fmt fmt)
flopwatch_dependency(SQLite3 SQLite::SQLite3 sqlite3)
flopwatch_dependency(nlohmann_json nlohmann_json::nlohmann_json nlohmann_json)
flopwatch_dependency(zstd zstd::zstd zstd)
flopwatch_dependency(ZLIB ZLIB::ZLIB zlib)
if(FLOPWATCH_CLI OR FLOPWATCH_SAMPLES)
  flopwatch_dependency(CLI11 CLI11::CLI11 cli11)
endif()
if(FLOPWATCH_TESTS)
  flopwatch_dependency(GTest GTest::gmock googletest)
endif()

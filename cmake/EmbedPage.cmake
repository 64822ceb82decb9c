# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch_embed_page(target symbol folder script...): makes one page of `folder`/page.html, style.css and these scripts,
# and embeds it as flopwatch_embed_file does. The page's content security policy names its style and script by their
# hashes. Run as a script (-P) this file makes the page.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  # base64(out hex): a hash as a content security policy has it.
  function(base64 out hex)
    set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    set(text "")
    string(LENGTH "${hex}" length)
    set(at 0)
    while(at LESS length)
      string(SUBSTRING "${hex}" ${at} 6 three)
      string(LENGTH "${three}" given)
      string(SUBSTRING "${three}000000" 0 6 three)
      math(EXPR number "0x${three}")
      foreach(shift 18 12 6 0)
        math(EXPR digit "(${number} >> ${shift}) & 63")
        string(SUBSTRING "${digits}" ${digit} 1 digit)
        string(APPEND text "${digit}")
      endforeach()
      math(EXPR at "${at} + 6")
    endwhile()
    math(EXPR extra "(6 - ${given}) / 2")
    string(LENGTH "${text}" length)
    math(EXPR length "${length} - ${extra}")
    string(SUBSTRING "${text}" 0 ${length} text)
    string(REPEAT "=" ${extra} padding)
    set(${out} "${text}${padding}" PARENT_SCOPE)
  endfunction()

  file(READ "${FOLDER}/page.html" page)
  file(READ "${FOLDER}/style.css" style)
  set(script "\"use strict\";\n")
  string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
  foreach(name IN LISTS SCRIPTS)
    file(READ "${FOLDER}/${name}" text)
    string(APPEND script "${text}")
  endforeach()
  foreach(part style script)
    string(SHA256 hash "${${part}}")
    base64(hash "${hash}")
    string(TOUPPER "${part}" mark)
    string(REPLACE "@${mark}_HASH@" "${hash}" page "${page}")
    string(REPLACE "@${mark}@" "${${part}}" page "${page}")
  endforeach()
  file(WRITE "${OUTPUT}" "${page}")
  return()
endif()

set(FLOPWATCH_PAGE_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
include(EmbedFile)

function(flopwatch_embed_page target symbol folder)
  set(page "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.html")
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp")
  list(TRANSFORM ARGN PREPEND "${folder}/" OUTPUT_VARIABLE scripts)
  string(REPLACE ";" "," names "${ARGN}")
  add_custom_command(
    OUTPUT "${page}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DSCRIPTS=${names}" "-DOUTPUT=${page}" -P "${FLOPWATCH_PAGE_SCRIPT}"
    DEPENDS "${folder}/page.html" "${folder}/style.css" ${scripts} "${FLOPWATCH_PAGE_SCRIPT}"
    VERBATIM)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DINPUT=${page}" "-DOUTPUT=${output}" "-DSYMBOL=${symbol}" -P "${FLOPWATCH_EMBED_SCRIPT}"
    DEPENDS "${page}" "${FLOPWATCH_EMBED_SCRIPT}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()

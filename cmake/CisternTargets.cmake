# Flags shared by every target of ours.
add_library(cistern_flags INTERFACE)
target_compile_options(cistern_flags INTERFACE -Wall -Wextra -Wconversion -Werror -Wno-psabi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports both of these inside std::string of correct code when it optimises (its bug 105651).
  target_compile_options(cistern_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
target_include_directories(cistern_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(cistern_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
if(CISTERN_SANITIZE)
  target_compile_options(cistern_flags INTERFACE -fsanitize=${CISTERN_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
  target_link_options(cistern_flags INTERFACE -fsanitize=${CISTERN_SANITIZE})
  if(CISTERN_SANITIZE MATCHES "undefined")
    target_compile_options(cistern_flags INTERFACE -fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # These three make up a third of the compiler's time. A null pointer that is used ends under
      # AddressSanitizer too; the fuzz targets, built by clang, keep all of them.
      target_compile_options(cistern_flags INTERFACE -fno-sanitize=null,alignment,vptr)
    endif()
  endif()
  if(CISTERN_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns that TSan does not model fences; ours are inside Asio's reference counts.
    target_compile_options(cistern_flags INTERFACE -Wno-tsan)
  endif()
endif()
if(CISTERN_FUZZ)
  target_compile_options(cistern_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# cistern_library(name DEPS other libraries FOLDERS subfolders): one static library from the .cpp files
# of this folder and of the subfolders named.
function(cistern_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;EMBED;FOLDERS" ${ARGN})
  set(patterns ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(folder ${ARG_FOLDERS})
    list(APPEND patterns ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(NOT sources AND NOT ARG_EMBED)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE cistern_flags ${ARG_DEPS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC cistern_flags ${ARG_DEPS})
  if(ARG_EMBED)
    cistern_embed(${name} ${ARG_EMBED})
  endif()
endfunction()

# cistern_embed(target namespace glob...): the files as text inside the binary, found by
# cistern::embedded::<namespace>::files(); regenerated when one of them changes.
function(cistern_embed target namespace)
  set(files)
  foreach(pattern ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
    list(APPEND files ${found})
  endforeach()
  list(SORT files)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${namespace}.cpp)
  set(absolute)
  foreach(file ${files})
    list(APPEND absolute ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  string(REPLACE ";" "|" joined "${files}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DROOT=${CMAKE_CURRENT_SOURCE_DIR}
            "-DFILES=${joined}" -DOUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${absolute} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

# cistern_mostly_waits(target): code that waits for peers more than it computes. Under
# AddressSanitizer it need not be fast, and is compiled in half the time.
function(cistern_mostly_waits target)
  if(CISTERN_SANITIZE MATCHES "address")
    get_target_property(sources ${target} SOURCES)
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
endfunction()

# cistern_tests(name DEPS libraries): one GoogleTest program from the *_test.cpp files of this folder.
function(cistern_tests name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    # Against hanging: under a sanitizer on a busy machine minutes are nothing unusual.
    set(ARG_TIMEOUT 1200)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  if(CISTERN_SANITIZE MATCHES "address")
    # The code of the tests themselves need not be fast, and is compiled in half the time.
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE cistern_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE CISTERN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

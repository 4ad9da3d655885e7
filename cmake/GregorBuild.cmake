# What every target shares: language level, warnings, sanitizers, and the one way to declare a library or a test.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(GREGOR_CCACHE ccache)
if(GREGOR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_SOURCE_DIR}/cmake/compile-cached.sh ${CMAKE_SOURCE_DIR} ${GREGOR_CCACHE})
endif()

add_library(gregor_flags INTERFACE)
target_include_directories(gregor_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(gregor_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wswitch -fno-omit-frame-pointer
  # Of files that are compiled as one: what is local to a function may have the name of something in another file.
  $<$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>:-Wno-shadow>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these for correct uses of std::expected and std::variant under optimisation.
  target_compile_options(gregor_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict -fcoroutines)
endif()
if(GREGOR_SANITIZE)
  # Object sizes take a fifth of the compiler's time; what they would show ASan shows.
  target_compile_options(gregor_flags INTERFACE -fsanitize=${GREGOR_SANITIZE} -fno-sanitize-recover=all
                                                -fno-sanitize=object-size)
  target_link_options(gregor_flags INTERFACE -fsanitize=${GREGOR_SANITIZE})
endif()
if(GREGOR_FUZZ)
  # Coverage for the fuzzer from every library; the targets themselves bring libFuzzer (fuzz/CMakeLists.txt).
  target_compile_options(gregor_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(gregor_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
find_program(GREGOR_MOLD mold)
if(GREGOR_MOLD)
  target_link_options(gregor_flags INTERFACE -fuse-ld=mold)
endif()

if(GREGOR_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
endif()

# gregor_library(<folder> [LINKS <library>...] [TEST_LINKS <library>...] [PRECOMPILE <header>...] [TEST_PRECOMPILE <header>...]
#                [TESTS_APART <file>...] [TOGETHER] [UNHURRIED])
# The library of src/<folder>: its sources are all *.cc beside the CMakeLists.txt; its unit tests all *_test.cc,
# in one program <folder>_test. LINKS names the folders (of lower rows) and the packages that it needs; PRECOMPILE what most
# of its files include, directly or not. What a file names for itself has a name that no other file of its folder has: the
# sanitized presets compile a dozen files at a time. Release compiles three, which takes two thirds of the time and makes a
# changed file, or a planted bug, little slower; and half a dozen where it says TOGETHER: in folders whose headers cost more
# than their text, and in which few bugs of the zoo are. UNHURRIED folders wait for others or for the network: what optimises
# checks that the sanitizers have put in takes longer there than it saves.
function(gregor_library folder)
  cmake_parse_arguments(ARG "TOGETHER;UNHURRIED" "" "LINKS;TEST_LINKS;PRECOMPILE;TEST_PRECOMPILE;TESTS_APART" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|main)\\.cc$")
  if(sources)
    add_library(gregor_${folder} STATIC ${sources})
    target_link_libraries(gregor_${folder} PUBLIC gregor_flags ${ARG_LINKS})
    gregor_precompile(gregor_${folder} ${ARG_PRECOMPILE})
    if(GREGOR_PRECOMPILE AND NOT CMAKE_UNITY_BUILD)
      set(at_a_time 3)
      if(ARG_TOGETHER)
        set(at_a_time 6)
      endif()
      set_target_properties(gregor_${folder} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${at_a_time})
    endif()
    if(ARG_UNHURRIED AND GREGOR_SANITIZE)
      target_compile_options(gregor_${folder} PRIVATE -O0)
    endif()
  else()
    add_library(gregor_${folder} INTERFACE)
    target_link_libraries(gregor_${folder} INTERFACE gregor_flags ${ARG_LINKS})
  endif()
  add_library(gregor::${folder} ALIAS gregor_${folder})
  if(GREGOR_TESTS AND tests)
    gregor_test(${folder}_test SOURCES ${tests} LINKS gregor::${folder} ${ARG_TEST_LINKS} PRECOMPILE ${ARG_TEST_PRECOMPILE}
      APART ${ARG_TESTS_APART})
  endif()
endfunction()

# Reading headers is half of the work of compiling here, and the presets that ask for this (release, asan, tsan) do it once.
# The others show that each file includes what it needs.
function(gregor_precompile target)
  if(GREGOR_PRECOMPILE AND ARGN)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # The first makes ccache take them. GCC 12 has forgotten which of them are the system's, and warns of right code there.
      target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow)
    endif()
  endif()
endfunction()

# gregor_test(<name> SOURCES <file>... LINKS <library>... [PRECOMPILE <header>...] [APART <file>...])
# A GoogleTest program (RapidCheck included); each of its cases is a ctest of its own.
# Its working directory is the source folder, so that testdata/ is found by relative name. Half of all compile time is that of
# tests: they are compiled without optimisation, whatever they test, and where headers are precompiled half a dozen files at a
# time, but for those APART, whose names others have, too.
function(gregor_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRECOMPILE;APART" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -O0)
  set_target_properties(${name} PROPERTIES UNITY_BUILD "${GREGOR_PRECOMPILE}" UNITY_BUILD_BATCH_SIZE 6)
  set_source_files_properties(${ARG_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} gregor_flags GTest::gtest GTest::gmock GTest::gtest_main
    rapidcheck rapidcheck_gtest)
  if(ARG_PRECOMPILE)
    gregor_precompile(${name} <gmock/gmock.h> <rapidcheck/gtest.h> ${ARG_PRECOMPILE})
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900)
endfunction()

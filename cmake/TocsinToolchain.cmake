# Compiler flags that hold everywhere: warnings as errors, frame pointers, sanitizers on request.
add_compile_options(-Wall -Wextra -Werror -fno-omit-frame-pointer -pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these falsely in inlined library code.
  add_compile_options(-Wno-error=maybe-uninitialized -Wno-error=array-bounds
                      -Wno-error=stringop-overflow -Wno-error=stringop-overread
                      -Wno-error=restrict -Wno-error=dangling-pointer)
endif()
if(TOCSIN_SANITIZE)
  add_compile_options(-fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TOCSIN_SANITIZE})
  if(TOCSIN_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Boost.Asio has a fence that gcc's thread sanitizer says it does not model.
    add_compile_options(-Wno-error=tsan)
    # protobuf's map_field.h lays its class out differently when this is set, but the packaged
    # library was built without: the two must agree.
    add_compile_options(-U__SANITIZE_THREAD__)
    # What tests ask instead, and what libstdc++ does: without it a shared_ptr is released by writes that
    # the sanitizer takes for a race.
    add_compile_definitions(TOCSIN_THREAD_SANITIZER _GLIBCXX_TSAN=1)
  endif()
endif()

# So that ccache can tell what is in a precompiled header.
if(TOCSIN_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

find_program(TOCSIN_CCACHE ccache)
if(TOCSIN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${TOCSIN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TOCSIN_CCACHE})
endif()

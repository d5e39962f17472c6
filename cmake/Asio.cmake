# cistern_asio: the compiled part of Asio and Beast. Every target of ours defines
# BOOST_ASIO_SEPARATE_COMPILATION and BOOST_BEAST_SEPARATE_COMPILATION; one program may hold the
# definitions only once, and net and the lab end up in the same program.
include_guard(GLOBAL)

add_library(cistern_asio STATIC
  ${CMAKE_SOURCE_DIR}/cmake/asio_impl.cpp ${CMAKE_SOURCE_DIR}/cmake/beast_impl.cpp)
target_link_libraries(cistern_asio PUBLIC cistern_flags Boost::headers OpenSSL::SSL OpenSSL::Crypto
  Threads::Threads)

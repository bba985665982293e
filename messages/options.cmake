# Flags over environment over file: for the programs' options.
add_library(messages_options STATIC layered_options.cpp)
target_link_libraries(messages_options PUBLIC messages CLI11::CLI11)

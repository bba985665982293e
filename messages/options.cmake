# Flags over environment over file: for the programs' options.
add_library(messages_options STATIC command_line.cpp common_options.cpp layered_options.cpp)
target_link_libraries(messages_options PUBLIC messages PRIVATE CLI11::CLI11)

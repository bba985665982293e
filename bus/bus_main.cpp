// fragcast-bus.
#include "bus/bus.hpp"
#include "bus/bus_log.hpp"
#include "bus/bus_options.hpp"

#include <iostream>

#include <unistd.h>

int main(int argc, char** argv) {
    using namespace fragcast;

    const auto parsed = parse_bus_options(argc, argv);
    if (const auto* exit = std::get_if<OptionsExit>(&parsed)) return show(*exit, "fragcast-bus");
    const BusOptions& options = std::get<BusOptions>(parsed);
    set_up_bus_log(options.log_level, options.log_json);

    Bus bus(options);
    bus.loop().on_hangup_signal([argc, argv] {
        const auto wanted = parse_bus_options(argc, argv);
        if (const auto* exit = std::get_if<OptionsExit>(&wanted)) {
            bus_log(DirectoryLog::Level::error, "the options were not read again: " + exit->text);
            return;
        }
        set_bus_log_level(std::get<BusOptions>(wanted).log_level);
        bus_log(DirectoryLog::Level::info,
                "options read again: the log level is as they say; all else needs a restart");
    });
    if (const auto started = bus.start(); !started) {
        bus_log(DirectoryLog::Level::error, started.error().text);
        return 1;
    }
    bus_log(DirectoryLog::Level::info, "serving at " + bus.addresses().directory);
    std::cout << bus.ready_text(isatty(STDOUT_FILENO) != 0) << std::endl;
    bus.run();
    bus_log(DirectoryLog::Level::info, "stopped");
    return 0;
}

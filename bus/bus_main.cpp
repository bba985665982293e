// Main thread. fragcast-bus.
#include "bus/bus.hpp"
#include "bus/bus_options.hpp"
#include "messages/log/log.hpp"

#include <iostream>

#include <unistd.h>

int main(int argc, char** argv) {
    using namespace fragcast;

    const auto parsed = parse_bus_options(argc, argv);
    if (const auto* exit = std::get_if<OptionsExit>(&parsed)) return show(*exit, "fragcast-bus");
    const BusOptions& options = std::get<BusOptions>(parsed);
    set_up_log(options.log_level, options.log_json);

    Bus bus(options);
    bus.loop().on_hangup_signal([argc, argv] {
        const auto wanted = parse_bus_options(argc, argv);
        if (const auto* exit = std::get_if<OptionsExit>(&wanted)) {
            log_line(Report::Level::error, "config", "not read again: " + exit->text);
            return;
        }
        set_log_level(std::get<BusOptions>(wanted).log_level);
        log_line(Report::Level::info, "config",
                 "read again: the log level is as it says; all else needs a restart");
    });
    if (const auto started = bus.start(); !started) {
        log_line(Report::Level::error, "start", started.error().text);
        return 1;
    }
    log_line(Report::Level::info, "start", "serving at " + bus.addresses().directory);
    std::cout << bus.ready_text(isatty(STDOUT_FILENO) != 0) << std::endl;
    bus.run();
    log_line(Report::Level::info, "stopping", "stopped");
    return 0;
}

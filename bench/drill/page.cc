#include <ctime>
#include <fmt/chrono.h>

#include "drill/report.h"

namespace tocsin::bench::drill {

// page.html, as CMake embeds it.
extern const char* const page_html;

std::string page_of(const Report& report, const Json& document) {
  Json data = document;
  data["made"] = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
  data["command"] = report.command;
  data["timeline"] = report.timeline;
  for (size_t i = 0; i < report.rounds.size(); ++i) {
    data["rounds"][i]["curve"] = report.rounds[i].curve;
  }
  for (size_t i = 0; i < report.competing.size(); ++i) {
    data["competing"][i]["alert"]["curve"] = report.competing[i].alert.curve;
  }
  // What others said must not end the script element.
  std::string text;
  for (const char c : text_of(std::move(data), -1)) {
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  std::string page = page_html;
  constexpr std::string_view place = "@DATA@";
  return page.replace(page.find(place), place.size(), text);
}

}  // namespace tocsin::bench::drill

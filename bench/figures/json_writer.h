// JsonWriter: writes one JSON document, indented, in the order it is told.
//
// Thread: one owner.  Bound: the text it makes; the caller nests correctly (checked).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::figures {

class JsonWriter {
 public:
  // `key` is empty inside an array and for the document itself.
  void begin_object(std::string_view key = {});
  void end_object();
  void begin_array(std::string_view key);
  void end_array();

  void text(std::string_view key, std::string_view value);
  // Up to six digits behind the point; null when not finite.
  void number(std::string_view key, double value);
  void count(std::string_view key, uint64_t value);
  void truth(std::string_view key, bool value);

  // The document, with a final newline. Requires everything begun to be ended.
  const std::string& document() const;

 private:
  void begin_value(std::string_view key);
  void begin_nest(std::string_view key, char bracket);
  void end_nest(char bracket);

  std::string out_;
  std::vector<bool> has_values_;  // one per open bracket
};

// `text` in quotes, escaped (RFC 8259 section 7).
std::string json_quoted(std::string_view text);

}  // namespace tocsin::figures

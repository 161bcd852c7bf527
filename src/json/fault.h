// JsonFault: what is wrong with a JSON text, for the one who wrote it.
//
// Thread: value.  Bound: path and text are short, one line, and valid UTF-8, whatever was read.
#pragma once

#include <string>

namespace tocsin::json {

struct JsonFault {
  // Of the field, spelled as it was in the text: "devices.ids[3]", "data.color". Empty when the
  // text as a whole is wrong.
  std::string path;
  // What is said of the field or of the text: "must be true or false, not 1", "is empty: ...".
  std::string text;
};

}  // namespace tocsin::json

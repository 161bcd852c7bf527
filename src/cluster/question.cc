#include "cluster/question.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "base/check.h"

namespace tocsin::cluster {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* field_of(const Descriptor& any, const Descriptor& type) {
  for (int i = 0; i < any.field_count(); ++i) {
    if (any.field(i)->message_type() == &type) return any.field(i);
  }
  return nullptr;
}

}  // namespace

void put_into(Message& any, Message& value) {
  const FieldDescriptor* field = field_of(*any.GetDescriptor(), *value.GetDescriptor());
  TOCSIN_CHECK(field != nullptr);
  Message* inside = any.GetReflection()->MutableMessage(&any, field);
  value.GetReflection()->Swap(&value, inside);
}

bool take_from(Message& any, Message& value) {
  const FieldDescriptor* field = field_of(*any.GetDescriptor(), *value.GetDescriptor());
  if (field == nullptr || !any.GetReflection()->HasField(any, field)) return false;
  value.GetReflection()->Swap(&value, any.GetReflection()->MutableMessage(&any, field));
  return true;
}

int number_of(const Descriptor& any, const Descriptor& type) {
  const FieldDescriptor* field = field_of(any, type);
  TOCSIN_CHECK(field != nullptr);
  return field->number();
}

}  // namespace tocsin::cluster

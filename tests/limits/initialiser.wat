;; A global that takes long to make.
(module
  (type $a (array (mut i64)))
  (global (ref $a) (array.new $a (i64.const 1) (i32.const 130000000)))
  (func (export "_start")))

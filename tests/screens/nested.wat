;; Blocks in blocks, as compilers nest them.
(module $nested
  (func (export "deep") (param $n i32) (result i32)
    block
      block
        block
          block
            block
              block
                block
                  block
                    block
                      block
                        block
                          block
                            block
                              block
                                block
                                  block
                                    block
                                      block
                                        block
                                          block
                                            block
                                              block
                                                block
                                                  block
                                                    local.get $n
                                                    br_if 3
                                                    local.get $n
                                                    i32.const 7
                                                    i32.mul
                                                    local.set $n
                                                  end
                                                end
                                              end
                                            end
                                          end
                                        end
                                      end
                                    end
                                  end
                                end
                              end
                            end
                          end
                        end
                      end
                    end
                  end
                end
              end
            end
          end
        end
      end
    end
    local.get $n))
